import type { FlowDescription } from '../description.ts'
import { FlowctlError, type SourceLocation } from '../../errors/flowctl-error.ts'
import { FlowProblems } from '../../errors/problems.ts'
import { byPlace, checkFlow } from './check-flow.ts'
import type { SourceFlow } from '../source-flow.ts'

/** Errors of loading a flow that say the same as one the source shows, which also knows the place. */
const SAME_AS: Readonly<Record<string, string>> = {
  STEP_OVERRIDE_BARE: 'STEP_OVERRIDE_UNDECORATED',
  STEP_HIDDEN: 'STEP_NAME_IS_ARTIFACT',
  FLOW_MEMBER_HIDDEN: 'STEP_NAME_RESERVED',
  // Both definitions decorate the name.
  DECORATOR_DUPLICATE: 'STEP_DEFINED_TWICE',
}

/**
 * All problems of a flow that could not be described: what describing it found, given the places that the source knows, and
 * what the source shows by itself.
 */
export function undescribedProblems(source: SourceFlow, found: readonly FlowctlError[]): FlowProblems {
  const shown = checkFlow(source, describedBySource(source))
  const known = new Set(shown.map((error) => `${error.code} ${subject(error) ?? ''}`))
  const added = found.filter((error) => !known.has(`${SAME_AS[error.code] ?? error.code} ${subject(error) ?? ''}`))
  return new FlowProblems([...shown, ...added.map((error) => located(error, source))].toSorted(byPlace))
}

function describedBySource(source: SourceFlow): FlowDescription {
  const steps = source.steps.map(({ name, marked }) => ({ name, ...marked, decorators: {} }))
  return { flow: source.flow, steps, parameters: [] }
}

/** The step or member an error is about. */
function subject({ details }: FlowctlError): string | undefined {
  if (typeof details !== 'object' || details === null) return undefined
  const named = details as Readonly<Record<string, unknown>>
  const name = ['step', 'name', 'member', 'field'].map((key) => named[key]).find((value) => typeof value === 'string')
  if (typeof name === 'string') return name
  // Decorators are named with their step: "@retry on fit".
  return / on (\S+)$/.exec(String(named['owner']))?.[1]
}

function located(error: FlowctlError, source: SourceFlow): FlowctlError {
  const name = subject(error)
  if (error.at !== undefined || name === undefined) return error
  const at = placeOf(name, source)
  if (at === undefined) return error
  const { message, fix, exit, details, code, cause } = error
  return new FlowctlError(code, { message, fix, exit, details }, { at, cause })
}

function placeOf(name: string, source: SourceFlow): SourceLocation | undefined {
  const same = [...source.steps, ...source.members].find((one) => one.name === name)
  return same?.at ?? (Object.hasOwn(source.assigned, name) ? source.assigned[name] : undefined)
}
