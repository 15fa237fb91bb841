import { isBuiltin } from 'node:module'
import { isAbsolute, relative, sep } from 'node:path'

import type { OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild'

import { installedPackage, readManifest } from '../externals/installed-packages.ts'
import type { NpmPackages } from '../externals/npm-packages.ts'

const RESOLVING = Symbol('resolving')

/**
 * Decides what becomes part of the bundle: the user's own files do, also through tsconfig paths and workspace links. Packages
 * in a node_modules folder stay imports by name; with `packages`, only those that it keeps outside.
 */
export function userImports(packages?: NpmPackages): Plugin {
  return {
    name: 'flowctl-user-imports',
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, async (args) => {
        if (args.kind === 'entry-point' || args.namespace !== 'file') return undefined
        if ((args.pluginData as unknown) === RESOLVING || isAbsolute(args.path) || args.path.startsWith('data:'))
          return undefined
        if (isBuiltin(args.path)) return { path: args.path, external: true }
        return resolveBare(build, args, packages)
      })
    },
  }
}

async function resolveBare(
  build: PluginBuild,
  args: OnResolveArgs,
  packages: NpmPackages | undefined,
): Promise<OnResolveResult | undefined> {
  const { path, importer, kind } = args
  const found = await resolveAsBundler(build, args)
  if (found.errors.length > 0) {
    // An optional dependency that is not installed: the package finds out when it runs, as it does anywhere else.
    const optional = kind !== 'import-statement' && installedPackage(importer) !== undefined
    if (packages !== undefined && optional) return { path, external: true }
    return { errors: found.errors, warnings: found.warnings }
  }
  if (found.external) return { path: found.path, external: true }
  const installed = installedPackage(found.path)
  const name = packageName(path)
  const inside = { path: found.path, namespace: found.namespace, sideEffects: found.sideEffects }
  if (packages !== undefined) {
    if (installed === undefined || !packages.staysOutside(found.path)) return inside
    const specifier = installed.name === name ? path : installed.name
    return { path: importable(specifier, installed.name, found.path), external: true, sideEffects: found.sideEffects }
  }
  // An alias of tsconfig paths for an installed file means nothing to Node: that file is bundled.
  if (installed?.name !== name) return inside
  return { path: importable(path, name, found.path), external: true, sideEffects: found.sideEffects }
}

/** Without asking this plugin again. */
export function resolveAsBundler(
  build: PluginBuild,
  { path, importer, resolveDir, kind }: Pick<OnResolveArgs, 'path' | 'importer' | 'resolveDir' | 'kind'>,
): ReturnType<PluginBuild['resolve']> {
  return build.resolve(path, { importer, resolveDir, kind, pluginData: RESOLVING })
}

/** Node wants the whole file name in `lodash/fp.js` when the package has no exports map; bundlers do not. */
function importable(specifier: string, name: string, resolved: string): string {
  const root = installedPackage(resolved)?.folder
  if (specifier === name || root === undefined) return specifier
  if (readManifest(root)?.exports !== undefined) return specifier
  return `${name}/${relative(root, resolved).split(sep).join('/')}`
}

export function packageName(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}
