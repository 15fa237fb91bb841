/** Names that FlowSpec itself has. */
export type FlowMember = 'next' | 'input' | 'index' | 'foreachStack' | 'mergeArtifacts'
export const FLOW_MEMBERS: readonly FlowMember[] = ['next', 'input', 'index', 'foreachStack', 'mergeArtifacts']

/** Names that mean something on every flow: no step or artifact can have one of them. */
export const FLOW_SPEC_MEMBERS: ReadonlySet<string> = new Set<string>([...FLOW_MEMBERS, 'inputs', 'constructor'])
