import type { FlowctlError } from '../../errors/flowctl-error.ts'
import { flowError } from '../../errors/table.ts'
import { isJoin, type Check } from './check-model.ts'

/** Every step is a method that can be run as one, and is the same step in the source and at run time. */
export const checkStepMethods: Check = (model) => {
  const found: FlowctlError[] = []
  const described = new Set(model.description.steps.map((step) => step.name))
  const targeted = new Set(model.source.steps.flatMap((step) => step.next?.targets.map((target) => target.name) ?? []))
  for (const step of model.source.steps) {
    const { name, at } = step
    if (step.parameters > 1) {
      found.push(
        flowError('STEP_TOO_MANY_PARAMETERS', { step: name, count: step.parameters }, { at: step.parametersAt ?? at }),
      )
    }
    if (step.generator) found.push(flowError('STEP_IS_GENERATOR', { step: name }, { at }))
    const kind = step.next?.shape
    if (isJoin(step) && name !== model.end && (kind === 'split' || kind === 'foreach' || kind === 'switch')) {
      found.push(flowError('JOIN_SPLITS', { step: name, kind }, { at: step.next?.at ?? at }))
    }
    if (step.undecoratedOverrideOf !== undefined) {
      found.push(flowError('STEP_OVERRIDE_UNDECORATED', { step: name, base: step.undecoratedOverrideOf }, { at }))
    } else if (!described.has(name)) found.push(flowError('STEP_NOT_DEFINED', { step: name }, { at }))
  }
  for (const { name } of model.description.steps) {
    if (model.steps.has(name)) continue
    const at = model.members.get(name)?.at ?? model.source.at
    found.push(flowError('STEP_UNREADABLE', { step: name }, { at }))
  }
  for (const member of model.source.members) {
    if (member.nextAt === undefined || model.steps.has(member.name)) continue
    // Named by a transition, that place says to decorate it; a step at run time is reported above.
    if (targeted.has(member.name) || described.has(member.name)) continue
    found.push(flowError('STEP_UNDECORATED', { step: member.name }, { at: member.nextAt }))
  }
  return found
}
