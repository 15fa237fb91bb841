import { readFileSync } from 'node:fs'

import type { Plugin } from 'esbuild'

const NAMESPACE = 'flowctl'
const IMPORTS = /\bfrom\s*['"]flowctl(?:\/[^'"]*)?['"]|\brequire\(\s*['"]flowctl/

/** The global under which whoever loads a bundle puts what `flowctl` exports. */
const API_SYMBOL = 'flowctl.api'

/**
 * Replaces `flowctl` by a module that takes its exports from the process the bundle is loaded in, so that there is one copy of
 * the authoring API wherever a bundle runs. Each importing file gets a module with just the names it asks for: the code
 * package does not change when flowctl gains an export.
 */
export function flowctlApi(apiNames: readonly string[] | undefined): Plugin {
  return {
    name: 'flowctl-api',
    setup(build) {
      build.onResolve({ filter: /^flowctl(\/.*)?$/ }, (args) => {
        if (args.kind !== 'import-statement') return { path: 'all', namespace: NAMESPACE, sideEffects: false }
        const wanted = importedNames(args.importer)
        if (wanted === undefined) return { path: 'all', namespace: NAMESPACE, sideEffects: false }
        const names = apiNames === undefined ? wanted : wanted.filter((name) => apiNames.includes(name))
        return { path: `names:${names.join(',')}`, namespace: NAMESPACE, sideEffects: false }
      })
      build.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path }) => ({
        contents: path === 'all' ? WHOLE : named(path.slice('names:'.length).split(',').filter(Boolean)),
        loader: 'js',
      }))
    },
  }
}

const WHOLE = `module.exports = globalThis[Symbol.for('${API_SYMBOL}')]`

function named(names: readonly string[]): string {
  const lines = names.map((name) =>
    name === 'default'
      ? 'export default /* @__PURE__ */ take("default")'
      : `const $${name} = /* @__PURE__ */ take(${JSON.stringify(name)})\nexport { $${name} as ${name} }`,
  )
  return [
    `function take(name) {`,
    `  const api = globalThis[Symbol.for('${API_SYMBOL}')]`,
    `  if (api === undefined) throw new Error('This is the bundle of a flow: run it with flowctl.')`,
    `  if (name === 'default') return api`,
    `  if (!(name in api)) throw new Error("flowctl has no export named '" + name + "'.")`,
    `  return api[name]`,
    `}`,
    ...lines,
    'export {}',
  ].join('\n')
}

/**
 * The names a file imports from flowctl, sorted; types are among them and vanish with the bundler's unused exports. `undefined`
 * when the file takes the module as a whole.
 */
function importedNames(file: string): readonly string[] | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
  if (!IMPORTS.test(text)) return undefined
  const names = new Set<string>()
  const statement = /\b(?:import|export)\s+(type\s+)?([^'";()]*?)\s*\bfrom\s*['"]flowctl(?:\/[^'"]*)?['"]/g
  for (const [, , clause = ''] of text.matchAll(statement)) {
    if (clause.includes('*')) return undefined
    const braces = /\{([^}]*)\}/.exec(clause)
    const before = (braces === null ? clause : clause.replace(braces[0], '')).replaceAll(',', '').trim()
    if (before !== '') names.add('default')
    for (const part of withoutComments(braces?.[1] ?? '').split(',')) {
      const name = /^\s*(?:type\s+)?([\p{ID_Start}$_][\p{ID_Continue}$]*)/u.exec(part)?.[1]
      if (name !== undefined) names.add(name)
    }
  }
  return [...names].sort()
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '')
}
