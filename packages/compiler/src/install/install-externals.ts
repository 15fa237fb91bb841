import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'

import { flowError } from '@flowctl/core'

import { isCached } from '../cache/prune.ts'
import { hashOf, type CodePackage } from '../package/code-package.ts'
import type { Pins } from '../externals/pin.ts'
import { copyInstalled } from './copy-installed.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { npmProblem, runNpm, type NpmOptions } from './run-npm.ts'

export interface InstallOptions {
  /** Folder for what can be made again; may be shared by any number of processes. */
  readonly cacheDir: string
  /** Environment of npm: it takes its registry and credentials from there and from the user's .npmrc. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** @default ['npm'] */
  readonly npm?: NpmOptions['npm']
  /** A folder on this machine: packages that are installed for it in the same versions are copied instead. */
  readonly project?: string
  /** Told before npm is started. */
  readonly onInstall?: (packages: readonly string[]) => void
}

// Versions are exact, so what npm has in its own cache is as good as the registry's.
const QUIET = [
  '--prefer-offline',
  '--no-audit',
  '--no-fund',
  '--no-progress',
  '--no-update-notifier',
  '--loglevel=error',
]

/**
 * Installs the packages that a code package imports and does not hold, and returns the absolute folder `node_modules` they are
 * in; `undefined` when there are none. One folder serves all code packages that need exactly the same, and all processes of
 * this machine; it appears when it is complete. Install scripts are run for the packages that are declared to need them only.
 * Throws EXTERNALS_NPM_MISSING and EXTERNALS_NOT_INSTALLED.
 */
export async function installExternals(code: CodePackage, options: InstallOptions): Promise<string | undefined> {
  const { install } = code
  if (install === undefined || Object.keys(install.dependencies).length === 0) return undefined
  const root = join(options.cacheDir, 'externals', keyOf(install))
  await oneAtATime(
    `${root}.lock`,
    () => isCached(root),
    () => installInto(root, install, options),
  )
  return join(root, 'node_modules')
}

/** Native code is made for one platform, and some of it for one version of Node's binary interface. */
function keyOf(install: Pins): string {
  const { platform, arch, versions } = process
  const libc = existsSync('/etc/alpine-release') ? 'musl' : ''
  return hashOf(JSON.stringify([install, platform, arch, versions.modules, libc])).slice(0, 32)
}

async function installInto(root: string, install: Pins, options: InstallOptions): Promise<void> {
  const { npm = ['npm'], env, project, onInstall } = options
  const packages = Object.entries(install.dependencies).map(([name, version]) => `${name}@${version}`)
  const folder = `${root}.${randomUUID()}.tmp`
  const run = async (words: readonly string[]): Promise<void> => {
    const end = await runNpm([...words, ...QUIET], { npm, folder, env }).catch((cause: NodeJS.ErrnoException) => {
      const reason = cause.code ?? cause.message
      throw flowError('EXTERNALS_NPM_MISSING', { npm: npm[0], packages, reason }, { cause })
    })
    if (!end.ok) throw flowError('EXTERNALS_NOT_INSTALLED', { packages, ...npmProblem(end.output) })
  }
  try {
    await mkdir(join(folder, 'node_modules'), { recursive: true })
    if (project === undefined || !(await copyInstalled(install, project, folder))) {
      onInstall?.(packages)
      await writeProject(folder, install)
      // Peers are among the dependencies already.
      await run(['install', '--ignore-scripts', '--omit=dev', '--legacy-peer-deps'])
      if (install.scripts.length > 0) await run(['rebuild', '--foreground-scripts', ...install.scripts])
    }
    await rename(folder, root)
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    if (!existsSync(root)) throw error
  }
}

async function writeProject(folder: string, { dependencies, packages, scripts }: Pins): Promise<void> {
  const name = 'flowctl-externals'
  const allowScripts = Object.fromEntries(scripts.map((one) => [one, true]))
  // npm looks for scripts only where its lock file says that there are some.
  const locked = Object.entries(packages).map(([path, pinned]) => {
    const hasScripts = scripts.some((one) => path.endsWith(`node_modules/${one}`))
    return [path, hasScripts ? { ...pinned, hasInstallScript: true } : pinned] as const
  })
  const all = { '': { name, dependencies }, ...Object.fromEntries(locked) }
  const lock = { name, lockfileVersion: 3, requires: true, packages: all }
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name, private: true, dependencies, allowScripts }))
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify(lock))
}
