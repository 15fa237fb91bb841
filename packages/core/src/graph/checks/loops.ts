import type { FlowctlError, SourceLocation } from '../../errors/flowctl-error.ts'
import { flowError } from '../../errors/table.ts'
import type { SourceName } from '../source-flow.ts'
import type { Check, CheckModel } from './check-model.ts'
import { walkDepthFirst } from './depth-first.ts'

/** The only way to repeat is a switch that has itself as a case, and another one. */
export const checkLoops: Check = (model) => [...endlessSteps(model), ...circles(model).map(reported)]

function endlessSteps({ source, end, edges, unsure }: CheckModel): readonly FlowctlError[] {
  return source.steps.flatMap((step) => {
    const shape = step.next?.shape
    if (step.name === end || shape === undefined) return []
    const self = edges.get(step.name)?.find((to) => to.name === step.name)
    if (self === undefined) return []
    const out = shape === 'switch' && edges.get(step.name)?.some((to) => to.name !== step.name)
    if (out === true || (shape === 'switch' && unsure.has(step.name))) return []
    return [flowError('LOOP_ENDLESS', { step: step.name }, { at: self.at })]
  })
}

export interface Circle {
  /** From the step that is reached first, around to the one that leads back to it. */
  readonly steps: readonly string[]
  /** The target that closes it. */
  readonly at: SourceLocation
}

/** One circle for each edge that leads back, in a walk from the start in the order of the source. */
export function circles({ edges, source, start }: CheckModel): readonly Circle[] {
  const found: Circle[] = []
  const seen = new Set<string>()
  const path: string[] = []
  /** Where in the path a step is. */
  const placeOf = new Map<string, number>()
  const walk = {
    ways: (name: string) => edges.get(name) ?? [],
    enter: (name: string) => placeOf.set(name, path.push(name) - 1),
    meet(from: string, to: SourceName) {
      const place = placeOf.get(to.name)
      if (place !== undefined && to.name !== from) found.push({ steps: path.slice(place), at: to.at })
    },
    leave: () => placeOf.delete(path.pop() ?? ''),
  }
  for (const name of [...(start === undefined ? [] : [start]), ...source.steps.map((step) => step.name)]) {
    if (!seen.has(name)) walkDepthFirst(name, seen, walk)
  }
  return found
}

function reported({ steps, at }: Circle): FlowctlError {
  return flowError('LOOP_TOO_LONG', { steps }, { at })
}
