import { flowError } from '../../errors/table.ts'
import type { FlowctlError } from '../../errors/flowctl-error.ts'
import type { SourceStep } from '../source-flow.ts'
import { isJoin, marked, type Check, type CheckModel } from './check-model.ts'

/** There is one start and one end, nothing leads into the one and out of the other. */
export const checkTerminals: Check = (model) => {
  if (model.steps.size === 0 && model.description.steps.length === 0) {
    return [flowError('FLOW_WITHOUT_STEPS', { flow: model.source.flow }, { at: model.source.at })]
  }
  return [...terminal(model, 'start'), ...terminal(model, 'end'), ...startIsFirst(model), ...endIsLast(model)]
}

function terminal(model: CheckModel, which: 'start' | 'end'): readonly FlowctlError[] {
  const { steps, source } = model
  const names = marked(model.description, which).filter((name) => steps.has(name))
  const [first, second] = names
  if (second !== undefined) {
    const at = steps.get(second)?.at
    return [flowError(which === 'start' ? 'START_SEVERAL' : 'END_SEVERAL', { steps: names }, { at })]
  }
  if (first !== undefined) {
    if (first === which || !steps.has(which)) return []
    return [
      flowError(which === 'start' ? 'START_AMBIGUOUS' : 'END_AMBIGUOUS', { step: first }, { at: steps.get(first)?.at }),
    ]
  }
  if (model[which] !== undefined || steps.size === 0) return []
  const candidates = which === 'start' ? withoutIncoming(model) : endCandidates(model).map((step) => step.name)
  const only = candidates.length === 1 ? steps.get(candidates[0] as string) : undefined
  const code = which === 'start' ? 'START_MISSING' : 'END_MISSING'
  return [flowError(code, { flow: source.flow, candidates }, { at: only?.at ?? source.at })]
}

function withoutIncoming({ steps, edges }: CheckModel): readonly string[] {
  const reached = new Set([...edges].flatMap(([from, out]) => out.map((to) => to.name).filter((to) => to !== from)))
  return [...steps.keys()].filter((name) => !reached.has(name))
}

/** When a flow has no end, the steps that lead nowhere: most likely one of them is meant. */
function endCandidates({ steps }: CheckModel): readonly SourceStep[] {
  return [...steps.values()].filter((step) => step.next === undefined)
}

function startIsFirst({ steps, start, end }: CheckModel): readonly FlowctlError[] {
  if (start === undefined) return []
  return [...steps.values()].flatMap((step) => {
    if (step.name === end) return []
    const targets = step.next?.targets.filter((target) => target.name === start) ?? []
    return targets.map((target) => flowError('START_HAS_INCOMING', { start, from: step.name }, { at: target.at }))
  })
}

function endIsLast({ steps, end }: CheckModel): readonly FlowctlError[] {
  const step = end === undefined ? undefined : steps.get(end)
  if (end === undefined || step === undefined) return []
  const found: FlowctlError[] = []
  if (step.next !== undefined) found.push(flowError('END_HAS_NEXT', { end }, { at: step.next.at }))
  if (isJoin(step)) found.push(flowError('END_IS_JOIN', { end }, { at: step.parametersAt ?? step.at }))
  return found
}
