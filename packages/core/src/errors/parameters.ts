import { entry } from './entry.ts'

/** Parameter values and declarations. */
export const parameterErrors = {
} as const
