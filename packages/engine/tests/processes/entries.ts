import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll } from 'vitest'

/** What every entry begins with: answers over file descriptor 3, requests over the channel. */
const PRELUDE = `
import { appendFileSync, existsSync, writeSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { serialize } from 'node:v8'
const frame = (answers) => {
  const body = serialize(answers)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length)
  return Buffer.concat([length, body])
}
const say = (...answers) => {
  const bytes = frame(answers)
  for (let at = 0; at < bytes.length; ) {
    try { at += writeSync(3, bytes, at) } catch (error) { if (error.code !== 'EAGAIN') throw error }
  }
}
const description = (flow) => ({ flow, steps: [], parameters: [] })
process.on('disconnect', () => process.exit(0))
`

const folder = mkdtempSync(join(tmpdir(), 'flowctl-processes-'))
let count = 0
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A main module for task processes, written by hand: `on` holds what it does for each request. */
export function entry(
  on: Partial<Record<'load' | 'bind' | 'open' | 'slice' | 'drain' | 'ask', string>>,
  atStart = '',
): URL {
  const handlers = Object.entries({ load: `say({ type: 'loaded', description: description('F') })`, ...on })
    .map(([type, body]) => `if (request.type === '${type}') { ${body} }`)
    .join('\n')
  count += 1
  const file = join(folder, `entry-${count}.mjs`)
  writeFileSync(file, `${PRELUDE}\n${atStart}\nprocess.on('message', async (request) => {\n${handlers}\n})\n`)
  return pathToFileURL(file)
}

/** A path that does not exist yet, removed after the tests of the file. */
export function newPath(): string {
  count += 1
  const inside = join(folder, `files-${count}`)
  mkdirSync(inside)
  return join(inside, 'file')
}
