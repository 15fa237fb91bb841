import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'

import { flowError, type SourceFlow } from '@flowctl/core'

import { readCompiled, writeCompiled, type CachedFlow } from './cache/compiled-cache.ts'
import { flowFile } from './flow-file.ts'
import { packCode, type Code } from './package/code-package.ts'
import { materialiseHashed, projectOf } from './cache/materialise.ts'
import type { Bundle } from './bundle/bundle.ts'

export interface CompileOptions {
  /** Folder for bundles that can be made again; shared by any number of flows and processes. */
  readonly cacheDir: string
  /**
   * Everything `flowctl` exports. With it, importing a name that does not exist is an error here; without it, when the
   * bundle is loaded.
   */
  readonly apiNames?: readonly string[]
  /**
   * Where npm packages are when the code runs. `link`: in the project, on this machine. `bundle`: in the code package, and those
   * that cannot be there are pinned, for `installExternals`: such a package runs on any machine.
   * @default 'link'
   */
  readonly packages?: 'link' | 'bundle'
}

/** A flow file, ready to be loaded, checked and stored. */
export interface CompiledFlow {
  /** Absolute path of the flow file. */
  readonly file: string
  readonly className: string
  /** Absolute path of an ES module to import; the flow class is an export of it. */
  readonly bundle: string
  /** What goes to the datastore. Equal sources give equal bytes on every machine. */
  readonly code: Code
  readonly source: SourceFlow
  /** Lines for people about what could not be bundled. */
  readonly notes: readonly string[]
}

/**
 * Bundles a flow file and reads its graph from the source. A file that has not changed since the last time is not compiled
 * again. Throws FLOW_FILE_*, FLOW_CLASS_*, FLOW_BASE_*, SOURCE_SYNTAX, IMPORT_NOT_FOUND, FLOWCTL_EXPORT_UNKNOWN, EXTERNAL_*, or
 * FlowProblems with several of them.
 */
export async function compileFlow(given: string, options: CompileOptions): Promise<CompiledFlow> {
  const { cacheDir, apiNames, packages = 'link' } = options
  const file = flowFile(given)
  const cacheKey = JSON.stringify([apiNames ?? null, packages])
  const compiled = (await readCompiled(cacheDir, file, cacheKey)) ?? (await compileAfresh(file, options, cacheKey))
  const { className, source, code, notes } = compiled
  const bundle = await materialiseHashed(code.bytes, code.hash, { cacheDir, project: projectOf(file) })
  return { file, className, bundle, code, source, notes }
}

async function compileAfresh(file: string, options: CompileOptions, cacheKey: string): Promise<CachedFlow> {
  const startedAt = Date.now()
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw flowError('FLOW_FILE_UNREADABLE', { file, reason: cause.code ?? cause.message }, { cause })
  })
  const [{ bundleFlow, BUNDLE_FILE, MAP_FILE }, { createParser }, { Modules }, { findFlow }, { readFlow }] =
    await Promise.all([
      import('./bundle/bundle.ts'),
      import('./read/parse.ts'),
      import('./read/modules.ts'),
      import('./read/find-flow.ts'),
      import('./read/read-flow.ts'),
    ])
  const parse = await createParser()
  const commonJsExports = /^\s*(?:import|export)\b/m.test(text) ? undefined : commonJsNames()
  const outside = options.packages === 'bundle' ? await import('./externals/outside.ts') : undefined
  const chosen = outside?.choosePackages(projectOf(file))
  const bundle = await bundleFlow(file, { apiNames: options.apiNames, commonJsExports, packages: chosen?.packages })
  const pinned = chosen === undefined ? undefined : outside?.pinPackages(chosen)
  const modules = new Modules(parse, bundle.resolveImport)
  const flow = findFlow(modules, parse(file))
  const source = readFlow(modules, flow)
  const code = packed(file, source.flow, bundle)
  const compiled = { className: source.flow, source, code, notes: pinned?.notes ?? [] }
  await writeCompiled(options.cacheDir, file, {
    ...compiled,
    options: cacheKey,
    inputs: [file, ...bundle.inputs, ...(pinned?.readFrom ?? [])],
    startedAt,
  })
  return compiled

  function packed(path: string, className: string, { text: entry, map, externals }: Bundle): Code {
    const files = { [BUNDLE_FILE]: entry, [MAP_FILE]: map }
    const install = pinned === undefined ? {} : { install: pinned.pins }
    return packCode({ className, file: basename(path), externals, ...install, entry: BUNDLE_FILE, files })
  }

  /** A CommonJS flow: its exports are given names that an ES module can have. */
  function commonJsNames(): readonly string[] | undefined {
    try {
      const parsed = parse(file)
      if (parsed.isModule) return undefined
      const names = new Modules(parse, () => undefined).exportsOf(parsed).map((one) => one.name)
      // Nothing is exported: that is said of the file when the flow is looked for.
      return names.length === 0 ? undefined : names
    } catch {
      // It does not parse: the bundler says why, for all files at once.
      return undefined
    }
  }
}
