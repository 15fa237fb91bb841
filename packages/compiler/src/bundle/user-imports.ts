import { existsSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, isAbsolute, join, relative, sep } from 'node:path'

import type { OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild'

const RESOLVING = Symbol('resolving')
const INSTALLED = /[\\/]node_modules[\\/]/

/**
 * Decides what becomes part of the bundle: the user's own files do, also through tsconfig paths and workspace links; packages
 * in a node_modules folder stay imports by name.
 */
export function userImports(): Plugin {
  return {
    name: 'flowctl-user-imports',
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, async (args) => {
        if (args.kind === 'entry-point' || args.namespace !== 'file') return undefined
        if ((args.pluginData as unknown) === RESOLVING || isAbsolute(args.path) || args.path.startsWith('data:'))
          return undefined
        if (isBuiltin(args.path)) return { path: args.path, external: true }
        return resolveBare(build, args)
      })
    },
  }
}

async function resolveBare(build: PluginBuild, args: OnResolveArgs): Promise<OnResolveResult | undefined> {
  const { path, importer, resolveDir, kind } = args
  const found = await build.resolve(path, { importer, resolveDir, kind, pluginData: RESOLVING })
  if (found.errors.length > 0) return { errors: found.errors, warnings: found.warnings }
  if (found.external) return { path: found.path, external: true }
  const installed = INSTALLED.test(found.path) ? installedName(found.path) : undefined
  const name = packageName(path)
  // An alias of tsconfig paths for an installed file means nothing to Node: that file is bundled.
  if (installed !== name) return { path: found.path, namespace: found.namespace, sideEffects: found.sideEffects }
  return { path: importable(path, name, found.path), external: true, sideEffects: found.sideEffects }
}

/** Node wants the whole file name in `lodash/fp.js` when the package has no exports map; bundlers do not. */
function importable(specifier: string, name: string, resolved: string): string {
  if (specifier === name) return specifier
  const end = resolved.lastIndexOf(join('node_modules', ...name.split('/'), sep))
  const root = resolved.slice(0, end + join('node_modules', ...name.split('/')).length)
  const manifest = join(root, 'package.json')
  if (existsSync(manifest) && 'exports' in (JSON.parse(readFileSync(manifest, 'utf8')) as object)) return specifier
  return `${name}/${relative(root, resolved).split(sep).join('/')}`
}

export function packageName(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

/** The package that a file in a node_modules folder belongs to. */
function installedName(path: string): string {
  const parts = path.split(/[\\/]/)
  const [scope, name] = parts.slice(parts.lastIndexOf('node_modules') + 1)
  return scope?.startsWith('@') === true ? `${scope}/${name}` : (scope as string)
}

/** The folders `node_modules` on the way up from a folder, nearest first. */
export function nodeModulesAbove(folder: string): readonly string[] {
  const found: string[] = []
  for (let at = folder; ; at = dirname(at)) {
    const candidate = join(at, 'node_modules')
    if (existsSync(candidate)) found.push(candidate)
    if (dirname(at) === at) return found
  }
}
