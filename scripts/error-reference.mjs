import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { exampleDetails } from './error-details.mjs'
import { ROOT } from './run-command.mjs'

// node scripts/error-reference.mjs: writes docs/errors.md from the error table. `npm run check` compares the two.

const REFERENCE = 'docs/errors.md'
const EXITS = { 1: '1, the run failed', 2: '2, wrong usage' }

/** Headings of the areas of the table, in the order of the reference. One file of core/src/errors each. */
const AREAS = {
  command: 'The command line',
  compiler: 'The flow file',
  graph: 'The graph of a flow',
  authoring: 'Flow classes and decorators',
  parameters: 'Parameters',
  tasks: 'Inside a running task',
  artifacts: 'Artifacts',
  run: 'Runs and tasks',
  services: 'Shared compute',
  client: 'The client',
  datastore: 'The datastore',
  queue: 'The queue',
}

/** Where the name of a fact says too little about its form. @type {Record<string, object>} */
const FORMS = { PRIVATE_FIELD_WRITTEN: { field: '#field' } }

const INTRODUCTION = `# Error reference

Every error of flowctl has a code that never changes its meaning, says what was given and what is allowed, and what to do about
it. In the texts below, \`<name>\` stands for what the error names in your case; lists have two
elements here, and of texts with several forms one is shown.

This page is generated from the error table: edit packages/core/src/errors and run \`node scripts/error-reference.mjs\`.
`

/** @returns {Promise<string[]>} what is wrong with the reference */
export async function checkErrorReference() {
  const path = `${ROOT}${REFERENCE}`
  if (!existsSync(path)) return [`${REFERENCE} is missing: node scripts/error-reference.mjs writes it`]
  const upToDate = readFileSync(path, 'utf8') === (await errorReference())
  return upToDate ? [] : [`${REFERENCE} is not what the error table says: run node scripts/error-reference.mjs`]
}

async function errorReference() {
  const { ERRORS } = await import('@flowctl/core')
  const details = exampleDetails(`${ROOT}packages/core/src/errors/table.ts`)
  const codes = Object.keys(ERRORS)
  const stale = codes.filter((code) => details[code] === undefined)
  if (stale.length > 0) throw new Error(`the build of packages/core is out of date: it has ${stale.join(', ')}`)
  const areas = [...new Set(codes.map((code) => details[code]?.area ?? ''))]
  const unknown = areas.filter((area) => !(area in AREAS))
  if (unknown.length > 0) throw new Error(`scripts/error-reference.mjs has no heading for ${unknown.join(', ')}`)
  const sections = Object.entries(AREAS)
    .filter(([area]) => areas.includes(area))
    .map(([area, title]) => {
      const entries = Object.entries(ERRORS).filter(([code]) => details[code]?.area === area)
      return [`## ${title}\n`, ...entries.map(([code, entry]) => entryText(code, entry, details[code]?.example))].join(
        '\n',
      )
    })
  return [INTRODUCTION, ...sections].join('\n')
}

/**
 * @param {string} code
 * @param {{ exit: 1 | 2, when: string, message: (details: never) => string, fix: (details: never) => string }} entry
 * @param {unknown} example
 */
function entryText(code, { exit, when, message, fix }, example) {
  const details = /** @type {never} */ (typeof example === 'object' ? { ...example, ...FORMS[code] } : example)
  const text = [message(details), '', ...fix(details).split('\n')].join('\n').trimEnd()
  const sentence = when
    .replace(/^[a-z]+(?=[ ,])/, (word) => word.charAt(0).toUpperCase() + word.slice(1))
    .replace(/\.$/, '')
  return `### ${code}\n\n${sentence}. Exit code ${EXITS[exit]}.\n\n\`\`\`text\n${text}\n\`\`\`\n`
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { build, ensureInstalled } = await import('./ensure-ready.mjs')
  ensureInstalled()
  const { ok, output } = build('packages/core')
  if (!ok) throw new Error(`packages/core does not compile:\n${output}`)
  writeFileSync(`${ROOT}${REFERENCE}`, await errorReference())
  console.log(`wrote ${REFERENCE}`)
}
