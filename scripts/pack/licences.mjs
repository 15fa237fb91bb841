import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundleCode } from '../bundle/code.mjs'
import { ROOT } from '../run-command.mjs'

/**
 * The licences of all packages of others whose code is in the bundle. They are collected from the bundle's own record of what it
 * is made of, so the list is never older than the bundle.
 *
 * @returns {Promise<string>}
 */
export async function thirdPartyLicences() {
  const { metafile } = await bundleCode()
  const folders = new Set(['node_modules/esbuild'])
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const folder = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]
      if (folder !== undefined && bytesInOutput > 0) folders.add(folder)
    }
  }
  const texts = [...folders].sort().map(licenceOf)
  return `flowctl contains code of these packages.\n\n${texts.join('\n\n')}\n`
}

/** @param {string} folder of a package, from the root of the repository */
function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'))
  if (typeof license !== 'string') throw new Error(`${name} does not say its licence`)
  const files = readdirSync(join(ROOT, folder)).filter((file) => /^(?:licen[cs]e|notice|copying)/i.test(file))
  const texts = files.map((file) => readFileSync(join(ROOT, folder, file), 'utf8').trim())
  return [`${'-'.repeat(78)}\n${name} ${version} (${license})`, ...texts].join('\n\n')
}
