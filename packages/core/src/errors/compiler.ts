import { entry } from './entry.ts'

/** A flow file that cannot be read, bundled or loaded. */
export const compilerErrors = {
} as const
