import fc from 'fast-check'

import type { FlowGraph, StepNode, Transition } from '../../src/graph/model.ts'

export interface GraphShape {
  /** How deep splits, foreaches and switches nest. @default 3 */
  readonly maxDepth?: number
  /** Pieces that follow each other on one level. @default 3 */
  readonly maxLength?: number
  /** Pools that steps are put in; `undefined` is the default one. @default [undefined] */
  readonly pools?: readonly (string | undefined)[]
}

/** A piece of a flow with one way in. */
type Piece =
  | { readonly kind: 'step'; readonly pool: string | undefined }
  | { readonly kind: 'loop' }
  | { readonly kind: 'split'; readonly branches: readonly (readonly Piece[])[] }
  | { readonly kind: 'foreach'; readonly body: readonly Piece[] }
  /** Ways that meet again, each of which may be empty: then the case leads straight to what follows. */
  | { readonly kind: 'switch'; readonly ways: readonly (readonly Piece[])[]; readonly loops: boolean }

/** Valid graphs of every kind: linear, splits, foreaches, switches, loops, nested in each other. */
export function arbitraryGraph(shape: GraphShape = {}): fc.Arbitrary<FlowGraph> {
  const { maxDepth = 3, maxLength = 3, pools = [undefined] } = shape
  const step = fc.record({ kind: fc.constant('step' as const), pool: fc.constantFrom(...pools) })
  const { pieces } = fc.letrec<{ piece: Piece; pieces: readonly Piece[]; some: readonly Piece[] }>((tie) => ({
    piece: fc.oneof(
      { maxDepth, depthIdentifier: 'graph' },
      step,
      fc.constant<Piece>({ kind: 'loop' }),
      fc.record({
        kind: fc.constant('split' as const),
        branches: fc.array(tie('some'), { minLength: 2, maxLength: 3 }),
      }),
      fc.record({ kind: fc.constant('foreach' as const), body: tie('some') }),
      fc.record({
        kind: fc.constant('switch' as const),
        ways: fc.array(tie('pieces'), { minLength: 2, maxLength: 3 }),
        loops: fc.boolean(),
      }),
    ),
    pieces: fc.array(tie('piece'), { maxLength, depthIdentifier: 'graph' }),
    some: fc.array(tie('piece'), { minLength: 1, maxLength, depthIdentifier: 'graph' }),
  }))
  return pieces.map(layOut)
}

/** The flow of a single step, which is start and end at once, is the one valid graph that `arbitraryGraph` never makes. */
export function singleStepGraph(): FlowGraph {
  const only = node('only', { kind: 'end' }, false, undefined)
  return { flow: 'Generated', doc: '', at: HERE, start: 'only', end: 'only', steps: { only } }
}

const HERE = { file: '/generated/flow.ts', line: 1, column: 1 }

function node(name: string, transition: Transition, join: boolean, pool: string | undefined): StepNode {
  const decorators = pool === undefined ? {} : { resources: { pool } }
  return { name, doc: '', at: HERE, join, transition, decorators, reads: [] }
}

/** Names the steps and draws the edges, from the end backwards: a piece is laid out when what follows it has a name. */
function layOut(pieces: readonly Piece[]): FlowGraph {
  const drawn: StepNode[] = []
  let count = 0
  const draw = (kind: string, transition: (name: string) => Transition, join = false, pool?: string): string => {
    count += 1
    const name = `${kind}${count}`
    drawn.push(node(name, transition(name), join, pool))
    return name
  }
  const linear = (to: string): Transition => ({ kind: 'linear', to })
  const isJoin = (name: string): boolean => drawn.some((step) => step.name === name && step.join)

  function sequence(list: readonly Piece[], after: string): string {
    return list.reduceRight((next, piece) => lay(piece, next), after)
  }

  /** A switch may not lead straight to a join, so something stands between. */
  function buffered(after: string): string {
    return isJoin(after) ? draw('step', () => linear(after)) : after
  }

  function lay(piece: Piece, after: string): string {
    switch (piece.kind) {
      case 'step':
        return draw('step', () => linear(after), false, piece.pool)
      case 'loop': {
        const to = buffered(after)
        return draw('loop', (self) => switchTo(['again', self], ['done', to]))
      }
      case 'split': {
        const join = draw('join', () => linear(after), true)
        const to = piece.branches.map((branch) => sequence(branch, join))
        return draw('split', () => ({ kind: 'split', to }))
      }
      case 'foreach': {
        const join = draw('join', () => linear(after), true)
        const to = sequence(piece.body, join)
        return draw('foreach', () => ({ kind: 'foreach', to, over: 'items' }))
      }
      case 'switch': {
        const meet = after
        const ways = piece.ways.map((way): string => {
          const to = sequence(way, meet)
          return to === meet ? buffered(meet) : to
        })
        return draw('switch', (self) => {
          const cases = ways.map((to, index): [string, string] => [`case${index}`, to])
          return switchTo(...cases, ...(piece.loops ? [['again', self] as [string, string]] : []))
        })
      }
    }
  }

  const end = 'end'
  drawn.push(node(end, { kind: 'end' }, false, undefined))
  const first = sequence(pieces, end)
  drawn.push(node('start', linear(first), false, undefined))
  const steps = Object.fromEntries(drawn.reverse().map((step) => [step.name, step]))
  return { flow: 'Generated', doc: '', at: HERE, start: 'start', end, steps }
}

function switchTo(...cases: readonly [string, string][]): Transition {
  return { kind: 'switch', condition: 'choice', cases: cases.map(([value, to]) => ({ value, to })) }
}
