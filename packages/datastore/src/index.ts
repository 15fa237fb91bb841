export { ArtifactStore, type ArtifactStoreOptions } from './artifacts/artifact-store.ts'
export { decodeValue } from './codec/decode.ts'
export { encodeValue, type EncodedValue } from './codec/encode.ts'
export { previewOf, typeOf } from './codec/preview.ts'
export {
  registerSerializer,
  serializable,
  type ClassOf,
  type SerializableOptions,
  type Serializer,
} from './codec/serializable.ts'
export { decodeAdopted, decodeCommit, encodeAdopted, encodeCommit } from './rows/commit-codec.ts'
export { decodeLogLines, encodeLogLines, type LogLine } from './records/log-lines.ts'
export { processIsAlive } from './records/process-alive.ts'
export {
  latestRunId,
  latestSuccessfulRunId,
  listFlows,
  listRuns,
  type RunPage,
  type RunPageOptions,
} from './records/run-index.ts'
export { RunStore, type Written } from './records/run-store.ts'
export { fileStore, type FileStoreOptions } from './stores/file/file-store.ts'
export { memoryStore } from './stores/memory/memory-store.ts'
export { findDatastore, openStore } from './stores/open/open-store.ts'
export type { OpenStoreOptions } from './stores/open/open-options.ts'
export type { S3Limits } from './stores/s3/limits.ts'
export {
  finishedAt,
  goesOn,
  readRunState,
  statusOf,
  type Observer,
  type RunState,
  type RunStatus,
} from './reading/run-status.ts'
export { RunReader, type RunReaderOptions } from './reading/run-reader.ts'
export type { RunSource } from './reading/run-source.ts'
