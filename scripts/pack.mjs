import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ensureReady } from './ensure-ready.mjs'
import { ROOT } from './run-command.mjs'

// npm run pack: makes the tarball that is published, dist/flowctl-VERSION.tgz.

ensureReady()
const { makeTarball } = await import('./pack/tarball.mjs')
const folder = join(ROOT, 'dist')
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
console.log(await makeTarball(folder))
