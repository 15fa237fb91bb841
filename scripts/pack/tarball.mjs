import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { CLI, OUT } from '../bundle/code.mjs'
import { ROOT, runCommand } from '../run-command.mjs'
import { thirdPartyLicences } from './licences.mjs'

const LIMIT_SECONDS = 120
/** What stays in the repository: when the bundle was made, and files that npm needs no help to leave out. */
const NOT_PUBLISHED = new Set(['builds.json'])

/**
 * Makes the one tarball that is published, of the bundle as it stands.
 *
 * @param {string} folder where to put it; what it is made of is put beside it, into `package`
 * @returns {Promise<string>} the path of the tarball
 */
export async function makeTarball(folder) {
  const staged = join(folder, 'package')
  rmSync(staged, { recursive: true, force: true })
  mkdirSync(staged, { recursive: true })
  for (const name of ['bin', 'templates']) cpSync(join(CLI, name), join(staged, name), { recursive: true })
  cpSync(OUT, join(staged, 'dist/bundle'), {
    recursive: true,
    filter: (path) => !NOT_PUBLISHED.has(path.slice(OUT.length + 1)),
  })
  for (const name of ['LICENSE', 'README.md']) cpSync(join(name === 'LICENSE' ? ROOT : CLI, name), join(staged, name))
  writeFileSync(join(staged, 'THIRD-PARTY-LICENSES'), await thirdPartyLicences())
  writeFileSync(join(staged, 'package.json'), `${JSON.stringify(publishedManifest(), null, 2)}\n`)
  const { ok, output } = await runCommand(
    'npm',
    ['pack', staged, '--pack-destination', folder, '--ignore-scripts', '--loglevel=error'],
    { limitSeconds: LIMIT_SECONDS },
  )
  if (!ok) throw new Error(`npm pack failed: ${output}`)
  const name = readdirSync(folder).find((file) => file.endsWith('.tgz'))
  if (name === undefined) throw new Error(`npm pack made no tarball: ${output}`)
  return join(folder, name)
}

/**
 * The manifest of the package as it is published: without what is of use in the repository only, and with the programs of esbuild,
 * of which a package manager installs the one for the machine. The package `esbuild` itself has an install script, these have none.
 */
function publishedManifest() {
  const { private: _, devDependencies: __, exports, ...manifest } = readJson(join(CLI, 'package.json'))
  const compiler = createRequire(join(ROOT, 'packages/compiler/package.json'))
  const { optionalDependencies } = readJson(join(dirname(compiler.resolve('esbuild')), '../package.json'))
  return { ...manifest, exports: withoutSources(exports), optionalDependencies }
}

/** @param {Record<string, string | Record<string, unknown>>} exports */
function withoutSources(exports) {
  return Object.fromEntries(
    Object.entries(exports).map(([name, entry]) => {
      if (typeof entry === 'string') return [name, entry]
      const { '@flowctl/source': _, ...published } = entry
      return [name, published]
    }),
  )
}

/** @param {string} file */
function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'))
}
