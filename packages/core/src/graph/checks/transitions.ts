import type { FlowctlError } from '../../errors/flowctl-error.ts'
import { flowError } from '../../errors/table.ts'
import type { SourceStep } from '../source-flow.ts'
import { marked, nearestStep, type Check, type CheckModel } from './check-model.ts'

/** Every step but the end says, in a way that can be read, which existing steps come next. */
export const checkTransitions: Check = (model) =>
  model.source.steps.flatMap((step) => (step.name === model.end ? [] : transitionOf(step, model)))

function transitionOf(step: SourceStep, model: CheckModel): readonly FlowctlError[] {
  const { next } = step
  if (next === undefined) {
    // Without an end, or with several, the step that leads nowhere is meant to be it: one report is enough.
    if (model.end === undefined || marked(model.description, 'end').includes(step.name)) return []
    return [flowError('NEXT_MISSING', { step: step.name, end: model.end }, { at: step.at })]
  }
  const unreadable = next.problems.map(({ code, at, text }) => flowError(code, { step: step.name, text }, { at }))
  return [...unreadable, ...unknownTargets(step, model), ...repeatedTargets(step)]
}

function unknownTargets(step: SourceStep, model: CheckModel): readonly FlowctlError[] {
  const described = new Set(model.description.steps.map((one) => one.name))
  const reported = new Set<string>()
  return (step.next?.targets ?? []).flatMap((target) => {
    const { name, at } = target
    if (model.steps.has(name) || described.has(name) || reported.has(name)) return []
    reported.add(name)
    const member = model.members.get(name)
    if (member !== undefined) {
      return [flowError('NEXT_TARGET_NOT_STEP', { step: step.name, target: name, kind: member.kind }, { at })]
    }
    const near = nearestStep(model.steps, name)
    const details = { step: step.name, target: name, ...(near === undefined ? {} : { nearest: near }) }
    return [flowError('NEXT_TARGET_UNKNOWN', details, { at })]
  })
}

function repeatedTargets(step: SourceStep): readonly FlowctlError[] {
  if (step.next?.shape !== 'split') return []
  const { targets } = step.next
  return targets.flatMap((target, index) => {
    const earlier = targets.slice(0, index).filter((one) => one.name === target.name)
    return earlier.length === 1
      ? [flowError('SPLIT_TARGET_TWICE', { step: step.name, target: target.name }, { at: target.at })]
      : []
  })
}
