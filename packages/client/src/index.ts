export type {
  ArtifactName,
  ArtifactsOf,
  Attempt,
  Code,
  LogLine,
  RunError,
  RunFilter,
  RunStatus,
} from './objects/model.ts'
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
