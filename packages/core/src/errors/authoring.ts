import { entry } from './entry.ts'

/** Wrong use of decorators, of FlowSpec members and of transitions at run time. */
export const authoringErrors = {
} as const
