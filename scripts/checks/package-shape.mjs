import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { ROOT } from '../run-command.mjs'

/** @returns {Promise<string[]>} what a user who installs a published package would stumble over */
export async function checkPackageShape() {
  const names = readdirSync(join(ROOT, 'packages')).filter((name) =>
    existsSync(join(ROOT, 'packages', name, 'package.json')),
  )
  if (names.length === 0) return ['no package was found']
  const problems = await Promise.all(names.map((name) => shapeOf(join(ROOT, 'packages', name), `packages/${name}`)))
  return problems.flat()
}

/**
 * @param {string} folder
 * @param {string} label
 */
async function shapeOf(folder, label) {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const { messages, pkg } = await publint({ pkgDir: folder, pack: 'npm', strict: true, level: 'warning' })
  return [
    ...messages.map((message) => `${label}: ${formatMessage(message, pkg, { color: false })}`),
    ...(manifest.license === 'Apache-2.0' ? [] : [`${label}: "license" is not Apache-2.0`]),
    ...(manifest.description ? [] : [`${label}: "description" is missing`]),
    ...(existsSync(join(folder, 'README.md')) ? [] : [`${label}: README.md is missing`]),
    ...foreignVersions(manifest).map((name) => `${label}: ${name} is not pinned to an exact version`),
  ]
}

/** @param {{ dependencies?: Record<string, string> }} manifest */
function foreignVersions({ dependencies = {} }) {
  return Object.entries(dependencies)
    .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
    .map(([name]) => name)
}
