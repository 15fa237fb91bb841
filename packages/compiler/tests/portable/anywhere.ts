import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'

import {
  compileFlow,
  installExternals,
  materialise,
  unpackCode,
  type CodePackage,
  type CompiledFlow,
  type InstallOptions,
} from '../../src/index.ts'
import type { Workspace } from '../workspace.ts'

export const REPOSITORY = fileURLToPath(new URL('../../../..', import.meta.url))
const CORE = new URL('../../../core/dist/index.js', import.meta.url).href
const PROGRAM = `
  globalThis[Symbol.for('flowctl.api')] = await import(${JSON.stringify(CORE)})
  const { default: Flow } = await import(process.argv[1])
  console.log(JSON.stringify(await Promise.all(Flow.shown.map((one) => one()))))`

/** A flow whose static member `shown` holds functions that give the values of expressions. */
export function showing(imports: string, ...expressions: readonly string[]): string {
  return `${imports}
import { FlowSpec, step } from 'flowctl'
export default class Shown extends FlowSpec {
  static shown = [${expressions.map((one) => `() => (${one})`).join(', ')}]
  @step start() { this.next(this.end) }
  @step end() {}
}`
}

export async function compilePortable(
  space: Workspace,
  name = 'flow.ts',
): Promise<CompiledFlow & { unpacked: CodePackage }> {
  const compiled = await compileFlow(space.path(name), { cacheDir: space.cacheDir, packages: 'bundle' })
  return { ...compiled, unpacked: unpackCode(compiled.code.bytes) }
}

/** An empty folder with no node_modules above it. */
export function elsewhere(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'flowctl-elsewhere-')))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Lays a code package out in a folder far from its project, and evaluates what its flow shows in a plain Node process. */
export async function shownElsewhere(
  bytes: Uint8Array,
  options: Partial<InstallOptions> = {},
): Promise<readonly unknown[]> {
  const folder = elsewhere()
  const cacheDir = join(folder, 'cache')
  const installed = await installExternals(unpackCode(bytes), { cacheDir, env: {}, ...options })
  const packages = installed === undefined ? [] : [installed]
  const bundle = await materialise(bytes, { cacheDir, project: '/not/on/this/machine', packages })
  const words = ['--enable-source-maps', '--input-type=module', '-e', PROGRAM, pathToFileURL(bundle).href]
  const { stdout } = await promisify(execFile)(process.execPath, words, { cwd: folder, env: {} })
  return JSON.parse(stdout) as readonly unknown[]
}

/** Copies installed packages of this repository into a workspace. */
export function copyPackages(space: Workspace, ...names: readonly string[]): void {
  for (const name of names) {
    const folder = space.path(join('node_modules', name))
    mkdirSync(dirname(folder), { recursive: true })
    cpSync(join(REPOSITORY, 'node_modules', name), folder, { recursive: true, dereference: true })
  }
}

/** Links instead of copying: for large packages. */
export function linkPackages(space: Workspace, ...names: readonly string[]): void {
  mkdirSync(space.path('node_modules'), { recursive: true })
  for (const name of names) symlinkSync(join(REPOSITORY, 'node_modules', name), space.path(`node_modules/${name}`))
}

/** Puts packages into a workspace as if they were installed: name to the fields of package.json, and files. */
export function writePackages(
  space: Workspace,
  packages: Readonly<Record<string, { readonly manifest?: object; readonly files: Readonly<Record<string, string>> }>>,
): void {
  for (const [name, { manifest, files }] of Object.entries(packages)) {
    space.write(
      `node_modules/${name}/package.json`,
      JSON.stringify({ name: name.replace(/.*node_modules\//, ''), version: '1.0.0', ...manifest }),
    )
    for (const [file, text] of Object.entries(files)) space.write(`node_modules/${name}/${file}`, text)
  }
}

export function writeLock(space: Workspace, packages: Readonly<Record<string, object>>): void {
  writeFileSync(
    space.path('package-lock.json'),
    JSON.stringify({ lockfileVersion: 3, packages: { '': {}, ...packages } }),
  )
}
