#!/usr/bin/env node
import { existsSync, readFileSync, statSync } from 'node:fs'

const BUNDLE = new URL('../dist/bundle/bin.js', import.meta.url)
const COMPILED = new URL('../dist/bin.js', import.meta.url)

import((isCurrent() ? BUNDLE : COMPILED).href).catch((error) => {
  if (error?.code === 'ERR_MODULE_NOT_FOUND' && String(error.message).includes('dist/bin.js')) {
    console.error('flowctl is not built yet. Run `npm run build` in the repository first.')
    process.exitCode = 2
    return
  }
  throw error
})

/** In the repository, modules that were compiled after they were bundled go before the bundle. */
function isCurrent() {
  if (!existsSync(BUNDLE)) return false
  const builds = new URL('builds.json', BUNDLE)
  if (!existsSync(builds)) return true
  try {
    return JSON.parse(readFileSync(builds, 'utf8')).every(
      ([info, at]) => statSync(new URL(info, BUNDLE)).mtimeMs === at,
    )
  } catch {
    return false
  }
}
