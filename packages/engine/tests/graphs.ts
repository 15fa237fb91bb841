import type { FlowGraph, StepDecorators, StepNode, Transition } from '@flowctl/core'

const HERE = { file: '/flow.ts', line: 1, column: 1 }

export interface StepShape {
  readonly next: Transition
  readonly join?: boolean
  readonly decorators?: StepDecorators
}

export const linear = (to: string): Transition => ({ kind: 'linear', to })
export const foreach = (to: string): Transition => ({ kind: 'foreach', to, over: 'items' })
export const split = (...to: string[]): Transition => ({ kind: 'split', to })
export const END: Transition = { kind: 'end' }

/** The graph of steps in the order given; the first is the start, the one without a transition the end. */
export function graphOf(shapes: Readonly<Record<string, StepShape>>): FlowGraph {
  const steps: Record<string, StepNode> = {}
  for (const [name, { next, join = false, decorators = {} }] of Object.entries(shapes)) {
    steps[name] = { name, doc: '', at: HERE, join, transition: next, decorators, reads: [] }
  }
  const names = Object.keys(shapes)
  const end = names.find((name) => shapes[name]?.next.kind === 'end') ?? ''
  return { flow: 'F', doc: '', at: HERE, start: names[0] as string, end, steps }
}

/** start -> fan -> [a -> b -> c] for each item -> join -> end */
export function chainGraph(decorators: Partial<Record<'a' | 'b' | 'c', StepDecorators>> = {}): FlowGraph {
  return graphOf({
    start: { next: linear('fan') },
    fan: { next: foreach('a') },
    a: { next: linear('b'), decorators: decorators.a ?? {} },
    b: { next: linear('c'), decorators: decorators.b ?? {} },
    c: { next: linear('join'), decorators: decorators.c ?? {} },
    join: { next: linear('end'), join: true },
    end: { next: END },
  })
}

/** start -> [inner -> [work] -> innerJoin] -> outerJoin -> end */
export function nestedGraph(work: StepDecorators = {}): FlowGraph {
  return graphOf({
    start: { next: foreach('inner') },
    inner: { next: foreach('work') },
    work: { next: linear('innerJoin'), decorators: work },
    innerJoin: { next: linear('outerJoin'), join: true },
    outerJoin: { next: linear('end'), join: true },
    end: { next: END },
  })
}
