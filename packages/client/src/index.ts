export type { ArtifactName, ArtifactsOf, Attempt, Code, LogLine, RunError, RunFilter } from './objects/model.ts'
export type { RunStatus } from '@flowctl/datastore'
export { checkTags } from './objects/tags.ts'
export { Client, type ClientOptions } from './opening/client.ts'
export { defaultUser } from './opening/defaults.ts'
export {
  Artifact,
  configureClient,
  Flow,
  getNamespace,
  listFlows,
  Run,
  setNamespace,
  Step,
  Task,
} from './opening/open.ts'
