import { entry } from './entry.ts'

/** Wrong use of the command line. */
export const commandErrors = {
} as const
