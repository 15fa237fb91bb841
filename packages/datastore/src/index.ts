export { RunReader, type RunReaderOptions } from './reading/run-reader.ts'
export type { RunSource } from './reading/run-source.ts'
export { mapOrdered } from './reading/ordered.ts'
