import type { SourceName, SourceStep } from '../source-flow.ts'
import type { CheckModel } from './check-model.ts'
import { walkDepthFirst } from './depth-first.ts'
import { circles } from './loops.ts'

/** One open split on the way to a step, and which of its branches the way took. */
export interface Frame {
  readonly split: string
  readonly branch: string
}

/** A way into a step: from where, and what is open on it, outermost first. */
export interface Arrival {
  readonly from: string
  readonly at: SourceName['at']
  readonly open: readonly Frame[]
}

/** A step with every way into it whose open splits are known. */
export interface Visit {
  readonly step: SourceStep
  readonly arrivals: readonly Arrival[]
}

/** How a step is left, given how it was entered: what is open in it, `undefined` when a problem was found there. */
export type Settle = (visit: Visit) => readonly Frame[] | undefined

/**
 * Walks the reachable steps so that each comes after all that lead to it, and hands each with its arrivals to `settle`.
 * What lies behind a problem has no known arrivals there and is not visited by that way.
 */
export function walkNesting(model: CheckModel, settle: Settle): void {
  const { start, steps, edges } = model
  if (start === undefined) return
  const back = new Set(circles(model).map((circle) => circle.at))
  const forward = (name: string): readonly SourceName[] =>
    (edges.get(name) ?? []).filter((to) => to.name !== name && !back.has(to.at))
  const arrivals = new Map<string, Arrival[]>([[start, []]])
  for (const name of orderFrom(start, forward)) {
    const step = steps.get(name) as SourceStep
    const ways = arrivals.get(name)
    if (ways === undefined) continue
    const open = name === start ? [] : settle({ step, arrivals: ways })
    const kind = step.next?.shape
    if (open === undefined || kind === undefined) continue
    for (const to of forward(name)) {
      const inside = kind === 'split' || kind === 'foreach' ? [...open, { split: name, branch: to.name }] : open
      const known = arrivals.get(to.name)
      const arrival = { from: name, at: to.at, open: inside }
      if (known === undefined) arrivals.set(to.name, [arrival])
      else known.push(arrival)
    }
  }
}

function orderFrom(start: string, forward: (name: string) => readonly SourceName[]): readonly string[] {
  const order: string[] = []
  walkDepthFirst(start, new Set(), {
    ways: (name) => forward(name).toReversed(),
    leave: (name) => order.push(name),
  })
  return order.reverse()
}
