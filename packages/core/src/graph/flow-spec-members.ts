import { FLOW_MEMBERS } from '../authoring/flow-spec.ts'

/** Names that mean something on every flow: no step or artifact can have one of them. */
export const FLOW_SPEC_MEMBERS: ReadonlySet<string> = new Set<string>([...FLOW_MEMBERS, 'inputs', 'constructor'])
