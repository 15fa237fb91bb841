const api = import.meta.resolve('flowctl')

/** The files of flowctl that task processes load. */
export const PRODUCT = { api, taskProcess: new URL('./task-process.js', api) }
