export { RunReader, type RunReaderOptions } from './reading/run-reader.ts'
export type { RunSource } from './reading/run-source.ts'
