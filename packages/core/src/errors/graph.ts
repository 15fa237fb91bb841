import { entry } from './entry.ts'

/** What the static checks of a flow find, one entry a check. */
export const graphErrors = {
} as const
