import { entry } from './entry.ts'

/** What the client cannot find or open. */
export const clientErrors = {
} as const
