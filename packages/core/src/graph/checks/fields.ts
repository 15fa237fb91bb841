import type { FlowctlError } from '../../errors/flowctl-error.ts'
import { flowError } from '../../errors/table.ts'
import { nearest } from '../../errors/nearest.ts'
import type { Check, CheckModel } from './check-model.ts'

/** Foreach and condition fields exist, `#private` fields are not used to keep values, errors are caught where they can be. */
export const checkFields: Check = (model) => [...namedFields(model), ...privateWrites(model), ...catchError(model)]

function namedFields(model: CheckModel): readonly FlowctlError[] {
  const { source, members, steps } = model
  const data = [...source.members].filter((member) => member.kind !== 'method').map((member) => member.name)
  const known = new Set([
    ...data,
    ...Object.keys(source.assigned),
    ...model.description.parameters.map((parameter) => parameter.field),
  ])
  return source.steps.flatMap((step) => {
    const transition = step.next?.transition
    if (transition?.kind !== 'foreach' && transition?.kind !== 'switch') return []
    const field = transition.kind === 'foreach' ? transition.over : transition.condition
    const method = members.get(field)?.kind === 'method' || steps.has(field)
    if (known.has(field) || (source.opaque && !method)) return []
    const near = nearest(field, known)
    const details = { step: step.name, field, method, ...(near === undefined ? {} : { nearest: near }) }
    const code = transition.kind === 'foreach' ? 'FOREACH_FIELD_UNKNOWN' : 'SWITCH_FIELD_UNKNOWN'
    return [flowError(code, details, { at: step.next?.fieldAt ?? step.at })]
  })
}

/** Several steps may share the helper that writes: the place is reported once. */
function privateWrites({ source }: CheckModel): readonly FlowctlError[] {
  const seen = new Set<string>()
  return source.steps.flatMap((step) =>
    step.privateWrites.flatMap(({ name, at }) => {
      const place = `${at.file}\0${name}`
      if (seen.has(place)) return []
      seen.add(place)
      return [flowError('PRIVATE_FIELD_WRITTEN', { step: step.name, field: name }, { at })]
    }),
  )
}

function catchError({ source, description }: CheckModel): readonly FlowctlError[] {
  return source.steps.flatMap((step) => {
    const kind = step.next?.shape
    if (kind !== 'foreach' && kind !== 'switch') return []
    const described = description.steps.find((one) => one.name === step.name)
    if (described?.decorators.catchError === undefined) return []
    return [flowError('CATCH_ON_BRANCHING_STEP', { step: step.name, kind }, { at: step.at })]
  })
}
