#!/usr/bin/env node
import { existsSync, readFileSync, statSync } from 'node:fs'

const BUNDLE = new URL('../dist/bundle/bin.js', import.meta.url)
/** What the bundle was made of, and when that had changed last. In the repository only. */
const BUILDS = new URL('builds.json', BUNDLE)

const problem = whyNot()
if (problem === undefined) {
  await import(BUNDLE.href)
} else {
  console.error(`${problem} Run \`npm run build\` in the repository first.`)
  process.exitCode = 2
}

/** Why the bundle is not to be used. */
function whyNot() {
  if (!existsSync(BUNDLE)) return 'flowctl is not built yet.'
  if (!existsSync(BUILDS)) return undefined
  const changed = JSON.parse(readFileSync(BUILDS, 'utf8')).find(
    ([file, at]) => statSync(new URL(file, BUILDS), { throwIfNoEntry: false })?.mtimeMs !== at,
  )
  return changed && `The bundle of flowctl is older than ${changed[0].replace(/^(\.\.\/)+/, '')}.`
}
