import { entry } from './entry.ts'

/** A datastore that cannot be used. */
export const datastoreErrors = {
} as const
