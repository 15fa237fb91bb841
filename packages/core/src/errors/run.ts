import { entry } from './entry.ts'

/** How tasks and runs fail. */
export const runErrors = {
} as const
