import * as core from '@flowctl/core'
import { transformWithEsbuild } from 'vite'

export type Dialect = 'standard' | 'legacy'
export const DIALECTS: readonly Dialect[] = ['standard', 'legacy']

/**
 * Compiles the class `source` in a dialect of decorators, and answers with the class. All names of core are in scope. Fields
 * have the semantics of the standard, as in every project with a target of ES2022 or newer.
 */
export async function flowFrom(source: string, dialect: Dialect, api: object = core): Promise<core.FlowClass> {
  const { code } = await transformWithEsbuild(`module.exports = (() => { ${source}; return Flow })()`, 'flow.ts', {
    target: 'es2022',
    sourcemap: false,
    tsconfigRaw: {
      compilerOptions: { experimentalDecorators: dialect === 'legacy', useDefineForClassFields: true },
    },
  })
  const module: { exports?: core.FlowClass } = {}
  new Function('module', ...Object.keys(api), code)(module, ...Object.values(api))
  return module.exports!
}

/** What an instance holds by itself. */
export function fieldsOf(flow: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(flow))
}
