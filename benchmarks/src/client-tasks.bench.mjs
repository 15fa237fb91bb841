import { readdirSync, readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { Client } from 'flowctl'
import { timeFlowctl } from './processes.mjs'

const FLOW = fileURLToPath(new URL('../flows/foreach.ts', import.meta.url))
const FLOW_NAME = 'ForeachFlow'
const STEP = 'work'

export const clientTasks = {
  about:
    'The client lists `size` tasks of a run that flowctl made, with status and times, and reads one small artifact of each; against reading and JSON.parse of their commits alone',
  size: 10_000,
  smokeSize: 200,
  durability: 'files without fsync',
  ratios: { 'list/parse': /** @type {const} */ (['listAndReadMs', 'parseMs']) },
  goals: [
    {
      what: 'client: list 10,000 tasks with status and times, and read one small artifact of each, files',
      text: 'at most 500 ms',
      measure: 'listAndReadMs',
      atMost: 500,
    },
  ],

  /**
   * @param {string} folder
   * @param {number} size
   */
  async prepare(folder, size) {
    const options = ['--quiet', '--max-num-splits', String(size), '--datastore', datastoreOf(folder)]
    await timeFlowctl(['run', FLOW, '--count', String(size), ...options], folder)
  },

  /**
   * @param {string} folder
   * @param {number} size
   */
  async run(folder, size) {
    const start = performance.now()
    // A client of its own: nothing comes from what another one remembers.
    const client = new Client({ datastore: datastoreOf(folder), namespace: null })
    const run = await (await client.flow(FLOW_NAME)).latestRun()
    if (run === undefined) throw new Error('The run is not there')
    const listed = { tasks: 0, sum: 0, ms: 0 }
    for await (const task of (await run.step(STEP)).tasks()) {
      if (!task.successful || task.finishedAt === undefined) throw new Error(`Task ${task.pathspec} has no end`)
      listed.tasks += 1
      listed.ms += task.finishedAt.getTime() - task.startedAt.getTime()
      listed.sum += /** @type {number} */ (await task.get('square'))
    }
    const listAndReadMs = performance.now() - start
    check(listed, size)
    const parse = performance.now()
    const commits = `${datastoreOf(folder)}/${FLOW_NAME}/runs/${run.id}/commits/${STEP}`
    for (const name of readdirSync(commits)) JSON.parse(readFileSync(`${commits}/${name}`, 'utf8'))
    return { listAndReadMs, parseMs: performance.now() - parse }
  },
}

/** @param {string} folder */
function datastoreOf(folder) {
  return `${folder}/datastore`
}

/**
 * @param {{ tasks: number, sum: number }} listed
 * @param {number} size
 */
function check({ tasks, sum }, size) {
  const expected = ((size - 1) * size * (2 * size - 1)) / 6
  if (tasks !== size || sum !== expected) throw new Error(`${tasks} tasks that add up to ${sum}, not ${expected}`)
}
