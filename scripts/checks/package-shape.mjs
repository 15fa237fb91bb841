import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../run-command.mjs'

const PUBLISHED = 'flowctl'

/** @returns {string[]} what is wrong with the manifests of the packages of this repository */
export function checkPackageShape() {
  const folders = readdirSync(join(ROOT, 'packages')).filter((name) =>
    existsSync(join(ROOT, 'packages', name, 'package.json')),
  )
  if (folders.length === 0) return ['no package was found']
  return folders.flatMap((name) => shapeOf(`packages/${name}`))
}

/** @param {string} folder */
function shapeOf(folder) {
  const manifest = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'))
  const wrong = [
    manifest.private === true ? '' : '"private" is not true: only what `npm run pack` makes is published',
    'files' in manifest ? '"files" is of no use: the package is not published' : '',
    manifest.license === 'Apache-2.0' ? '' : '"license" is not Apache-2.0',
    manifest.description ? '' : '"description" is missing',
    existsSync(join(ROOT, folder, 'README.md')) ? '' : 'README.md is missing',
    manifest.name === PUBLISHED || manifest.name.startsWith('@flowctl/') ? '' : '"name" is not of the scope @flowctl',
    ...foreignVersions(manifest).map((name) => `${name} is not pinned to an exact version`),
  ]
  return wrong.filter(Boolean).map((text) => `${folder}: ${text}`)
}

/** @param {{ dependencies?: Record<string, string>, devDependencies?: Record<string, string> }} manifest */
function foreignVersions({ dependencies = {}, devDependencies = {} }) {
  return Object.entries({ ...dependencies, ...devDependencies })
    .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
    .map(([name]) => name)
}
