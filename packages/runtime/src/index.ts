export type * from './protocol/answers.ts'
export type * from './protocol/requests.ts'
export { frameReader } from './protocol/frames.ts'
export { eachAnswer } from './protocol/unpack-answers.ts'

/** The module that a task process starts with. */
export const TASK_PROCESS: URL = new URL('./main.js', import.meta.url)
