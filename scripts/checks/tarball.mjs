import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { makeTarball } from '../pack/tarball.mjs'

const FILES = [
  'LICENSE',
  'README.md',
  'THIRD-PARTY-LICENSES',
  'bin/flowctl.js',
  'dist/bundle/bin.js',
  'dist/bundle/task-process.js',
]
const FIELDS = [
  'repository',
  'homepage',
  'bugs',
  'keywords',
  'main',
  'types',
  'typesVersions',
  'license',
  'description',
]
const MAX_PACKED_MB = 2

/** @returns {Promise<string[]>} what a user who installs the published package would stumble over */
export async function checkTarball() {
  const folder = mkdtempSync(join(tmpdir(), 'flowctl-pack-'))
  try {
    const tarball = readFileSync(await makeTarball(folder))
    const manifest = JSON.parse(readFileSync(join(folder, 'package/package.json'), 'utf8'))
    const found = createPackageFromTarballData(tarball)
    const { messages, pkg } = await publint({
      pack: { tarball: new Uint8Array(tarball).buffer },
      strict: true,
      level: 'warning',
    })
    const types = await checkPackage(found)
    return [
      ...messages.map((message) => formatMessage(message, pkg, { color: false }) ?? message.code),
      ...(types.types === false ? ['there are no types'] : types.problems.map((problem) => JSON.stringify(problem))),
      ...FILES.filter((name) => !found.fileExists(`/node_modules/flowctl/${name}`)).map((name) => `${name} is missing`),
      ...FIELDS.filter((name) => manifest[name] === undefined).map((name) => `"${name}" is missing in package.json`),
      ...Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })
        .filter((name) => name.startsWith('@flowctl/'))
        .map((name) => `${name} is a dependency, and is not published`),
      ...(tarball.length > MAX_PACKED_MB * 1e6
        ? [`it has ${(tarball.length / 1e6).toFixed(1)} MB, more than ${MAX_PACKED_MB}`]
        : []),
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
