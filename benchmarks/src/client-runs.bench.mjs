import { fileURLToPath } from 'node:url'
import { fileStore, listRuns, RunStore } from '@flowctl/datastore'
import { Client } from 'flowctl'
import { timeFlowctl } from './processes.mjs'
import { timed } from './timed.mjs'

const FLOW = fileURLToPath(new URL('../flows/hello.ts', import.meta.url))
const FLOW_NAME = 'HelloFlow'
const NEWEST = 30
const AT_ONCE = 50
/** Between the starts of two runs. */
const APART_MS = 60_000

export const clientRuns = {
  about:
    'The client opens the latest run, and lists the newest 30 with status and times, of `size` runs of a flow; their records are written by RunStore, as copies of those of one real run. Each from a client of its own in a warm process: the folder of runs is read anew',
  size: 5000,
  smokeSize: 40,
  durability: 'files without fsync',
  goals: [
    { what: 'latest of 5,000 runs of a flow, files', text: 'at most 50 ms', measure: 'latestMs', atMost: 50 },
    { what: 'newest 30 of 5,000 runs of a flow, files', text: 'at most 50 ms', measure: 'newestMs', atMost: 50 },
  ],

  /**
   * @param {string} folder
   * @param {number} size
   */
  async prepare(folder, size) {
    await timeFlowctl(['run', FLOW, '--quiet', '--datastore', datastoreOf(folder)], folder)
    const store = fileStore(datastoreOf(folder))
    const { runs } = await listRuns(store, FLOW_NAME)
    const real = new RunStore(store, FLOW_NAME, /** @type {string} */ (runs[0]))
    const [record, end] = [await real.read(), await real.readEnd()]
    if (record === undefined || end === undefined) throw new Error('The first run did not end')
    const copy = async (/** @type {number} */ n) => {
      const [run, createdAt] = [`copy-${n}`, record.createdAt - n * APART_MS]
      const records = new RunStore(store, FLOW_NAME, run)
      await records.create({ ...record, run, createdAt }, [`n:${n}`])
      await records.putEnd({ ...end, at: createdAt + 1000 }, createdAt)
    }
    for (let n = 1; n < size; n += AT_ONCE) {
      await Promise.all(Array.from({ length: Math.min(AT_ONCE, size - n) }, (_, i) => copy(n + i)))
    }
  },

  /** @param {string} folder */
  async run(folder) {
    const latest = await timed(async () => (await newFlow(folder)).latestRun())
    const newest = await timed(async () => {
      const found = /** @type {string[]} */ ([])
      for await (const run of (await newFlow(folder)).runs({ limit: NEWEST })) {
        if (run.status !== 'succeeded' || run.finishedAt === undefined) throw new Error(`${run.pathspec} has no end`)
        found.push(run.id)
      }
      return found
    })
    const expected = [latest.value?.id, ...Array.from({ length: NEWEST - 1 }, (_, n) => `copy-${n + 1}`)]
    if (newest.value.join() !== expected.join()) throw new Error(`Those are not the newest: ${newest.value.join()}`)
    return { latestMs: latest.ms, newestMs: newest.ms }
  },
}

/** @param {string} folder */
function newFlow(folder) {
  return new Client({ datastore: datastoreOf(folder), namespace: null }).flow(FLOW_NAME)
}

/** @param {string} folder */
function datastoreOf(folder) {
  return `${folder}/datastore`
}
