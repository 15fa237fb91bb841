export type * from './protocol/answers.ts'
export type * from './protocol/requests.ts'
export { frameReader } from './protocol/frames.ts'
export { eachAnswer } from './protocol/unpack-answers.ts'
