/** What FlowSpec itself defines: no step, artifact or parameter can have one of these names. */
export const FLOW_SPEC_MEMBERS: ReadonlySet<string> = new Set([
  'next',
  'input',
  'index',
  'inputs',
  'foreachStack',
  'mergeArtifacts',
  'constructor',
])
