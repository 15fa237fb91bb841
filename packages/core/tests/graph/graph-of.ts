import type { FlowGraph, StepDecorators, StepNode, Transition } from '@flowctl/core'

const HERE = { file: '/flow.ts', line: 1, column: 1 }

/** A graph of steps in the order given; the first is the start, the one that ends the end. Whoever is named in `joins` is a join. */
export function graphOf(
  steps: Readonly<Record<string, Transition>>,
  more: { readonly joins?: readonly string[]; readonly decorators?: Readonly<Record<string, StepDecorators>> } = {},
): FlowGraph {
  const { joins = [], decorators = {} } = more
  const names = Object.keys(steps)
  const nodes = names.map((name): [string, StepNode] => [
    name,
    {
      name,
      doc: '',
      at: HERE,
      join: joins.includes(name),
      transition: steps[name] as Transition,
      decorators: decorators[name] ?? {},
      reads: [],
    },
  ])
  const end = names.find((name) => steps[name]?.kind === 'end') as string
  return { flow: 'F', doc: '', at: HERE, start: names[0] as string, end, steps: Object.fromEntries(nodes) }
}
