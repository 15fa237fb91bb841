import type { FlowctlError } from '../../errors/flowctl-error.ts'
import { flowError } from '../../errors/table.ts'
import { FLOW_SPEC_MEMBERS } from '../flow-spec-members.ts'
import type { SourceStep } from '../source-flow.ts'
import type { Check } from './check-model.ts'

const OBJECT_MEMBERS = new Set([
  'toString',
  'toLocaleString',
  'toJSON',
  'valueOf',
  'hasOwnProperty',
  'isPrototypeOf',
  'propertyIsEnumerable',
  'then',
])

/** Windows takes these for devices, with any extension. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)$/i

const STEP_NAME = /^[\p{ID_Start}$][\p{ID_Continue}$]*$/u

/** Every step has a name that works as a member, in a path and on the command line. */
export const checkStepNames: Check = ({ source, members }) => {
  const found: FlowctlError[] = []
  const byFolded = new Map<string, string>()
  for (const step of source.steps) {
    const { name, at } = step
    const reason = reservedFor(name)
    if (reason !== undefined) found.push(flowError('STEP_NAME_RESERVED', { step: name, reason }, { at }))
    else if (!STEP_NAME.test(name)) found.push(flowError('STEP_NAME_INVALID', { step: name }, { at }))
    const other = byFolded.get(name.toLowerCase())
    if (other === undefined) byFolded.set(name.toLowerCase(), name)
    else found.push(flowError('STEP_NAMES_DIFFER_BY_CASE', { step: name, other }, { at }))
    if (step.definedBefore !== undefined) {
      found.push(flowError('STEP_DEFINED_TWICE', { step: name, line: step.definedBefore.line }, { at }))
    }
    const hidden = shadowing(step)
    if (hidden !== undefined) found.push(flowError('STEP_NAME_IS_ARTIFACT', { step: name }, { at: hidden }))
  }
  return found

  function shadowing(step: SourceStep): SourceStep['at'] | undefined {
    const field = members.get(step.name)
    return field?.at ?? (Object.hasOwn(source.assigned, step.name) ? source.assigned[step.name] : undefined)
  }
}

function reservedFor(name: string): string | undefined {
  if (FLOW_SPEC_MEMBERS.has(name)) return 'FlowSpec has a member of that name'
  if (OBJECT_MEMBERS.has(name)) return 'JavaScript gives every object a meaning for it'
  return DEVICE.test(name) ? 'Windows cannot have a folder of that name' : undefined
}
