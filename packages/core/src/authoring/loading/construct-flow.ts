import { FlowProblems } from '../../errors/problems.ts'
import type { FlowClass, FlowSpec } from '../flow-spec.ts'
import { constructWith } from './construction.ts'
import { discoverFlow } from './discover.ts'

/**
 * Makes an instance of a flow for a task: its fields are initialised, and its parameters hold `values` (by field) already
 * while that happens. What an initializer throws is thrown as it is.
 */
export function constructFlow(flowClass: FlowClass, values: Readonly<Record<string, unknown>>): FlowSpec {
  const { fields, problems } = discoverFlow(flowClass)
  if (problems.length > 0) throw new FlowProblems(problems)
  let calls = 0
  const flow = constructWith(flowClass, {
    parameter: () => {
      const field = fields[calls++]
      return field === undefined ? undefined : values[field]
    },
    problem: () => undefined,
  })
  uncoverMembers(flow)
  return flow
}

/** A field `input` that gives a type only, but was not written with `declare`, is empty and would hide FlowSpec's. */
function uncoverMembers(flow: object): void {
  for (const member of ['input', 'index']) {
    const own = Object.getOwnPropertyDescriptor(flow, member)
    if (own !== undefined && own.value === undefined && own.configurable === true) Reflect.deleteProperty(flow, member)
  }
}
