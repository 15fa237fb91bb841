import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { listTasks } from './list-tasks.mjs'
import { timeFlowctl, timeNode } from './processes.mjs'
import { timed } from './timed.mjs'

const FLOW = fileURLToPath(new URL('../flows/foreach.ts', import.meta.url))
const LIST_TASKS = new URL('list-tasks.mjs', import.meta.url).href

export const clientTasks = {
  about:
    'The client lists `size` tasks of a run that flowctl made, with status and times, and reads one small artifact of each; against reading and JSON.parse of their commits alone. scriptMs is a whole process that does so, from the start of Node',
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
    const datastore = datastoreOf(folder)
    const sum = ((size - 1) * size * (2 * size - 1)) / 6
    const what = { flow: 'ForeachFlow', step: 'work', artifact: 'square', count: size, sum }
    const list = await timed(() => listTasks(datastore, what))
    const commits = `${datastore}/${what.flow}/runs/${list.value}/commits/${what.step}`
    const parse = await timed(() => {
      for (const name of readdirSync(commits)) JSON.parse(readFileSync(`${commits}/${name}`, 'utf8'))
    })
    const script = `import { listTasks } from '${LIST_TASKS}'; await listTasks(${JSON.stringify(datastore)}, ${JSON.stringify(what)})`
    const { ms: scriptMs } = await timeNode(['--input-type=module', '-e', script], folder)
    return { listAndReadMs: list.ms, parseMs: parse.ms, scriptMs }
  },
}

/** @param {string} folder */
function datastoreOf(folder) {
  return `${folder}/datastore`
}
