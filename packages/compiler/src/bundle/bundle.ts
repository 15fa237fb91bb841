import { basename, dirname, resolve, sep } from 'node:path'

import { flowError, FlowProblems, nearest, type FlowctlError, type SourceLocation } from '@flowctl/core'
import type { BuildFailure, BuildResult, Metafile, Plugin } from 'esbuild'

import { buildErrors } from './build-errors.ts'
import { flowctlApi } from './flowctl-api.ts'
import { ORIGINAL_PATHS, originalPaths, PROJECT_MODULE } from './original-paths.ts'
import { nodeInterop } from './node-interop.ts'
import { packageName, userImports } from './user-imports.ts'
import type { NpmPackages } from '../externals/npm-packages.ts'
import type { ImportResolver, ImportTarget } from '../read/modules.ts'

export interface Bundle {
  /** One ES module. */
  readonly text: string
  /** Its source map, sources relative to the folder of the flow file. */
  readonly map: string
  /** Packages it imports by name. */
  readonly externals: readonly string[]
  /** The files in it, absolute. */
  readonly inputs: readonly string[]
  readonly resolveImport: ImportResolver
}

export interface BundleOptions {
  /** What `flowctl` exports; unknown names are then found here instead of when the bundle is loaded. */
  readonly apiNames?: readonly string[] | undefined
  /** Names that a CommonJS flow file exports; `undefined` for a module. */
  readonly commonJsExports?: readonly string[] | undefined
  /** Bundles npm packages too, but for those that this keeps outside. */
  readonly packages?: NpmPackages | undefined
}

export const BUNDLE_FILE = 'bundle.mjs'
export const MAP_FILE = 'bundle.mjs.map'

type Built = BuildResult<{ write: false; metafile: true }>

/** Bundles a flow file with what it imports. The bytes depend on the sources alone, not on where they are. */
export async function bundleFlow(file: string, options: BundleOptions): Promise<Bundle> {
  const project = dirname(file)
  const built = await buildUntilSettled(file, project, options)
  const text = built.outputFiles.find((one) => one.path.endsWith('.mjs'))?.text as string
  const map = built.outputFiles.find((one) => one.path.endsWith('.map'))?.text as string
  return {
    text: withRequire(options.packages === undefined ? text : nodeInterop(text)),
    map: portableMap(map),
    externals: externalsOf(built.metafile),
    inputs: Object.keys(built.metafile.inputs)
      .filter((input) => !hasNamespace(input))
      .map((input) => resolve(project, input)),
    resolveImport: importResolver(built.metafile, project),
  }
}

/** Again and again while it turns out that packages cannot be in the bundle: each time there is one less. */
async function buildUntilSettled(file: string, project: string, options: BundleOptions): Promise<Built> {
  const { packages } = options
  for (;;) {
    packages?.begin()
    try {
      const built = await buildOnce(file, project, options)
      packages?.learnFrom(built.metafile, project)
      if (packages?.learned !== true) return built
    } catch (error) {
      const messages = (error as Partial<BuildFailure>).errors
      if (messages !== undefined && packages?.learnFromErrors(messages, project) === true) continue
      throw buildFailure(error, project, options.apiNames)
    }
  }
}

async function buildOnce(file: string, project: string, options: BundleOptions): Promise<Built> {
  const { build } = await import('esbuild')
  const { apiNames, commonJsExports, packages } = options
  return build({
    ...entry(file, commonJsExports),
    // As Node chooses among the files of a package, not as bundlers do.
    ...(packages === undefined ? {} : { conditions: [], mainFields: ['main'] }),
    absWorkingDir: project,
    outfile: `${project}${sep}${BUNDLE_FILE}`,
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    keepNames: true,
    sourcemap: 'linked',
    charset: 'utf8',
    logLevel: 'silent',
    define: ORIGINAL_PATHS,
    external: [PROJECT_MODULE],
    loader: { '.sql': 'text', '.txt': 'text', '.csv': 'text', '.md': 'text' },
    plugins: [flowctlApi(apiNames), originalPaths(project, packages), userImports(packages)] satisfies Plugin[],
  })
}

function entry(file: string, commonJs: readonly string[] | undefined): Record<string, unknown> {
  if (commonJs === undefined) return { entryPoints: [file] }
  const lines = commonJs.map((name) =>
    name === 'default' ? 'export default flow' : `export const ${name} = flow.${name}`,
  )
  const contents = [`import flow from ${JSON.stringify(`./${basename(file)}`)}`, ...lines].join('\n')
  return { stdin: { contents, resolveDir: dirname(file), sourcefile: 'flowctl-entry.mjs', loader: 'js' } }
}

function buildFailure(error: unknown, project: string, apiNames: readonly string[] = []): unknown {
  const messages = (error as Partial<BuildFailure>).errors
  if (messages === undefined) return error
  const missing = (name: string, at: SourceLocation | undefined): FlowctlError => {
    const near = nearest(name, apiNames)
    return flowError(
      'FLOWCTL_EXPORT_UNKNOWN',
      { name, names: apiNames, ...(near === undefined ? {} : { nearest: near }) },
      { at },
    )
  }
  const problems = buildErrors(messages, project, missing)
  return problems.length === 1 ? problems[0] : new FlowProblems(problems)
}

/**
 * CommonJS files of the user call `require`, which an ES module does not have. It goes on the first line, which no mapping
 * speaks of, and only where it is needed.
 */
function withRequire(text: string): string {
  if (!/^var __require = /m.test(text)) return text
  const line = `import { createRequire as __flowctl_createRequire } from 'node:module'; const require = __flowctl_createRequire(import.meta.url); `
  return line + text
}

/** Without the text of modules that exist only in the bundle, and of packages: theirs is larger than all the rest. */
function portableMap(map: string): string {
  const parsed = JSON.parse(map) as { sources: string[]; sourcesContent: (string | null)[] }
  const sourcesContent = parsed.sources.map((source, index) =>
    hasNamespace(source) || source.includes('node_modules/') ? null : (parsed.sourcesContent[index] ?? null),
  )
  return JSON.stringify({ ...parsed, sourcesContent })
}

/** Paths of metafiles and maps are relative and hold a colon only for files of other namespaces (or another Windows drive). */
function hasNamespace(path: string): boolean {
  return /^(?:flowctl|flowctl-here|disabled|dataurl):/.test(path) || path === 'flowctl-entry.mjs'
}

function externalsOf(metafile: Metafile): readonly string[] {
  const outputs = Object.entries(metafile.outputs).filter(([path]) => path.endsWith(BUNDLE_FILE))
  const paths = outputs.flatMap(([, output]) => output.imports.filter((one) => one.external).map((one) => one.path))
  return [...new Set(paths.filter((path) => path !== PROJECT_MODULE))].sort()
}

function importResolver(metafile: Metafile, project: string): ImportResolver {
  const known = new Map<string, ImportTarget>()
  for (const [input, { imports }] of Object.entries(metafile.inputs)) {
    const from = resolve(project, input)
    for (const one of imports) {
      const specifier = one.original ?? one.path
      known.set(`${from}\0${specifier}`, targetOf(one.path, one.external === true, project))
    }
  }
  return (file, specifier) => known.get(`${file}\0${specifier}`)
}

function targetOf(path: string, external: boolean, project: string): ImportTarget {
  if (path.startsWith('flowctl:')) return { kind: 'flowctl' }
  return external ? { kind: 'package', name: packageName(path) } : { kind: 'file', path: resolve(project, path) }
}
