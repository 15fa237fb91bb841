import { readFileSync } from 'node:fs'
import { dirname, extname, relative, sep } from 'node:path'

import type { Loader, Plugin } from 'esbuild'

const NAMESPACE = 'flowctl-here'
const MENTIONS = /\bimport\.meta\b|\b__dirname\b|\b__filename\b/
const MODULE_SYNTAX = /^\s*(?:import|export)\b|\bimport\.meta\b/m
const LOADERS: Readonly<Record<string, Loader>> = {
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.tsx': 'tsx',
  '.js': 'js',
  '.mjs': 'js',
  '.cjs': 'js',
  '.jsx': 'jsx',
}

/** The module beside a bundle that says where the project lies on this machine. */
export const PROJECT_MODULE = './project.mjs'

/** What stands in the bundle for the names that mean the file they are written in. */
export const ORIGINAL_PATHS = {
  'import.meta': '__flowctl_here.meta',
  'import.meta.url': '__flowctl_here.meta.url',
  'import.meta.dirname': '__flowctl_here.meta.dirname',
  'import.meta.filename': '__flowctl_here.meta.filename',
  __dirname: '__flowctl_here.meta.dirname',
  __filename: '__flowctl_here.meta.filename',
} as const

/** Lets `import.meta`, `__dirname` and `__filename` of a user's file go on meaning that file, not the bundle. */
export function originalPaths(project: string): Plugin {
  return {
    name: 'flowctl-original-paths',
    setup(build) {
      build.onResolve({ filter: /^flowctl-here:/ }, ({ path }) => ({
        path: path.slice('flowctl-here:'.length),
        namespace: NAMESPACE,
        sideEffects: false,
      }))
      build.onResolve({ filter: /^\.\/project\.mjs$/, namespace: NAMESPACE }, ({ path }) => ({ path, external: true }))
      build.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path }) => ({ contents: here(path), loader: 'js' }))
      build.onLoad({ filter: /\.[mc]?[jt]sx?$/, namespace: 'file' }, ({ path }) => {
        const text = readFileSync(path, 'utf8')
        if (!MENTIONS.test(text) || path.split(sep).includes('node_modules')) return undefined
        const specifier = JSON.stringify(`flowctl-here:${relative(project, path).split(sep).join('/')}`)
        const prefix = MODULE_SYNTAX.test(text)
          ? `import * as __flowctl_here from ${specifier};`
          : `var __flowctl_here = require(${specifier});`
        // On the line of the first statement, so that no line of the source map moves; a `#!` line has to stay the first.
        const start = text.startsWith('#!') ? text.indexOf('\n') + 1 : 0
        const contents = text.slice(0, start) + prefix + text.slice(start)
        return { contents, loader: LOADERS[extname(path)] as Loader, resolveDir: dirname(path) }
      })
    },
  }
}

function here(path: string): string {
  return `
    import { createRequire } from 'node:module'
    import { dirname, join } from 'node:path'
    import { pathToFileURL } from 'node:url'
    import { project } from '${PROJECT_MODULE}'
    const filename = join(project, ${JSON.stringify(path)})
    const url = pathToFileURL(filename).href
    const resolve = (specifier) => /^\\.{0,2}\\//.test(specifier)
      ? new URL(specifier, url).href
      : URL.canParse(specifier) ? specifier : pathToFileURL(createRequire(url).resolve(specifier)).href
    export const meta = { url, filename, dirname: dirname(filename), resolve }
  `
}
