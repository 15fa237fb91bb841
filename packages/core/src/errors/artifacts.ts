import { entry } from './entry.ts'

/** Values that cannot be stored, loaded or merged. */
export const artifactErrors = {
} as const
