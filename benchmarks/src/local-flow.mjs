import { ArtifactStore, openStore, RunReader, RunStore } from '@flowctl/datastore'
import { openFlow } from '@flowctl/runs'
import { PRODUCT } from './product.mjs'

/**
 * A flow file that is run in this process by the engine in memory, its tasks in task processes, as `flowctl run` does it. It is
 * compiled and one task process has loaded it.
 *
 * @param {string} file
 * @param {{ folder: string, datastore: string, env?: Readonly<Record<string, string>>, maxWorkers: number }} options `env`: on
 *   top of this process's; `datastore`: folder or URL
 */
export async function localFlow(file, { folder, datastore, env = {}, maxWorkers }) {
  const environment = { ...process.env, ...env }
  const store = await openStore(datastore, { env: environment, check: 'write' })
  const opening = { store, cacheDir: `${folder}/cache`, env: environment, ...PRODUCT }
  const flow = await openFlow(file, { ...opening, maxWorkers })
  return {
    store,

    /**
     * Runs it to its end. Throws when it does not succeed.
     *
     * @param {Readonly<Record<string, string | number>>} [parameters] by field
     */
    async run(parameters = {}) {
      const given = Object.entries(parameters).map(([field, value]) => [field, { text: String(value), source: field }])
      const run = await flow.run({ parameters: Object.fromEntries(given), user: 'bench', maxNumSplits: 1_000_000 })
      const { status, failure } = await run.ended
      if (status !== 'succeeded') throw new Error(`the run ${status}: ${failure?.error.message ?? ''}`)
      const records = new RunStore(store, run.record.flow, run.record.run)
      return new RunReader(records, run.record.graph)
    },

    close: () => flow.close(),
  }
}

/**
 * The only task of a step.
 *
 * @param {RunReader} reader
 * @param {string} step
 */
export async function onlyTask(reader, step) {
  const record = await reader.task(step, '0')
  if (record === undefined) throw new Error(`${step} has not run`)
  return record
}

/**
 * From the start of the first to the end of the last task of a step, in milliseconds since 1970.
 *
 * @param {RunReader} reader
 * @param {string} step
 */
export async function spanOf(reader, step) {
  let [from, to] = [Infinity, 0]
  for await (const { startedAt, endedAt } of reader.tasks(step)) {
    from = Math.min(from, startedAt)
    to = Math.max(to, endedAt)
  }
  return { from, to }
}

/**
 * The value of an artifact of a task.
 *
 * @param {import('@flowctl/core').ObjectStore} store
 * @param {string} flow
 * @param {import('@flowctl/core').TaskRecord} record
 * @param {string} name
 * @returns {Promise<any>} the benchmark knows its type
 */
export async function artifactOf(store, flow, { step, artifacts }, name) {
  const ref = artifacts[name]
  if (ref === undefined) throw new Error(`${step} has stored no ${name}`)
  return new ArtifactStore(store, flow).load(ref)
}
