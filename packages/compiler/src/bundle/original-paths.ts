import { readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, extname, relative, sep } from 'node:path'

import type { Loader, Plugin, PluginBuild } from 'esbuild'

import { installedPackage } from '../externals/installed-packages.ts'
import type { NpmPackages } from '../externals/npm-packages.ts'
import { asksForItsPlace } from '../externals/unbundlable.ts'
import { resolveAsBundler } from './user-imports.ts'

const NAMESPACE = 'flowctl-here'
const MENTIONS = /\bimport\.meta\b|\b__dirname\b|\b__filename\b/
const LOCATED = /\b(import\.meta|require)\.resolve\(\s*(['"])([^'"./][^'"]*)\2/g
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

/**
 * Lets `import.meta`, `__dirname` and `__filename` of a user's file go on meaning that file, not the bundle. With `packages`,
 * those of a package's file mean a place in the bundle's folder.
 */
export function originalPaths(project: string, packages?: NpmPackages): Plugin {
  return {
    name: 'flowctl-original-paths',
    setup(build) {
      build.onResolve({ filter: /^flowctl-here:/ }, ({ path }) => ({
        path: path.slice('flowctl-here:'.length),
        namespace: NAMESPACE,
        sideEffects: false,
      }))
      build.onResolve({ filter: /^\.\/project\.mjs$/, namespace: NAMESPACE }, ({ path }) => ({ path, external: true }))
      build.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path }) => ({
        contents: packages === undefined ? here(path) : hereInBundle(path),
        loader: 'js',
      }))
      build.onLoad({ filter: /\.[mc]?[jt]sx?$/, namespace: 'file' }, async ({ path }) => {
        const text = readFileSync(path, 'utf8')
        const installed = path.split(sep).includes('node_modules')
        if (packages !== undefined) await noteLocated(build, path, text, packages)
        if (!MENTIONS.test(text) || (installed && packages === undefined)) return undefined
        const specifier = JSON.stringify(`flowctl-here:${placeOf(path, project, installed)}`)
        const prefix =
          MODULE_SYNTAX.test(text) && !installed
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

/** Packages whose place a file asks for, as in `import.meta.resolve('name')`: the bundler passes over that. */
async function noteLocated(build: PluginBuild, path: string, text: string, packages: NpmPackages): Promise<void> {
  if (asksForItsPlace(text)) packages.asksForItsPlace(path)
  for (const [, by, , specifier = ''] of text.matchAll(LOCATED)) {
    if (isBuiltin(specifier)) continue
    const kind = by === 'require' ? 'require-call' : 'import-statement'
    const found = await resolveAsBundler(build, { path: specifier, importer: path, resolveDir: dirname(path), kind })
    if (found.errors.length === 0 && !found.external) packages.isLocated(found.path)
  }
}

/** The same on every machine. */
function placeOf(path: string, project: string, installed: boolean): string {
  const folder = installed ? installedPackage(path)?.folder : undefined
  if (folder === undefined) return relative(project, path).split(sep).join('/')
  return `node_modules/${installedPackage(path)?.name}/${relative(folder, path).split(sep).join('/')}`
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

/** The project may be on another machine: packages are those of the bundle, and a package's files lie in its folder. */
function hereInBundle(path: string): string {
  const base = path.startsWith('node_modules/') ? 'folder' : 'project'
  return `
    import { dirname, join } from 'node:path'
    import { pathToFileURL } from 'node:url'
    import { ${base} as base, resolve as resolvePackage } from '${PROJECT_MODULE}'
    const filename = join(base, ${JSON.stringify(path)})
    const url = pathToFileURL(filename).href
    const resolve = (specifier) => /^\\.{0,2}\\//.test(specifier)
      ? new URL(specifier, url).href
      : URL.canParse(specifier) ? specifier : resolvePackage(specifier)
    export const meta = { url, filename, dirname: dirname(filename), resolve }
  `
}
