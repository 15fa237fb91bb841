import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { openStore } from '@flowctl/datastore'
import { openFlow } from '@flowctl/runs'
import { PRODUCT } from './product.mjs'
import { s3Server } from './servers.mjs'

const FLOW = fileURLToPath(new URL('../flows/resumed.ts', import.meta.url))

export const resume = row({
  where: 'files',
  durability: 'files without fsync',
  atMost: 500,
  datastore: async (folder) => ({ url: `${folder}/datastore`, env: {} }),
})

export const resumeOnS3 = row({
  where: 'S3',
  durability: 'S3: the Ceph gateway of the tests, its data in memory',
  atMost: 2000,
  needs: ['s3'],
  datastore: async () => {
    const server = await s3Server()
    if (server === undefined) throw new Error('there is no S3 server')
    return { url: server.newUrl(), env: server.env }
  },
})

/**
 * @typedef {object} Place
 * @property {string} where
 * @property {string} durability
 * @property {number} atMost milliseconds
 * @property {readonly import('./rows.mjs').Need[]} [needs]
 * @property {(folder: string) => Promise<{ url: string, env: Readonly<Record<string, string>> }>} datastore a new one
 */

/**
 * @param {Place} place
 * @returns {import('./rows.mjs').Benchmark}
 */
function row({ where, durability, atMost, needs = [], datastore }) {
  /** @type {import('@flowctl/runs').OpenedFlow} */
  let flow
  /** @type {string} */
  let origin
  return {
    about: `Resuming a run on ${where} in which \`size\` tasks of a foreach are committed and its join failed, up to the start of that join in a task process; the flow file is compiled and a task process has loaded it before`,
    size: 10_000,
    smokeSize: 100,
    durability,
    needs,
    goals: [
      {
        what: `resume of a run with 10,000 committed tasks, to the first new task, ${where}`,
        text: `at most ${atMost} ms`,
        measure: 'resumeMs',
        atMost,
      },
    ],

    async prepare(folder, size) {
      const { url, env } = await datastore(folder)
      const store = await openStore(url, { env, check: 'write' })
      const opening = { store, cacheDir: `${folder}/cache`, ...PRODUCT, maxWorkers: 1 }
      const environment = { ...process.env, ...env }
      const failing = await openFlow(FLOW, { ...opening, env: { ...environment, BENCH_FAIL: '1' } })
      const parameters = { count: { text: String(size), source: 'count' } }
      const run = await failing.run({ parameters, user: 'bench', maxNumSplits: size })
      const { status } = await run.ended
      await failing.close()
      if (status !== 'failed') throw new Error(`the run to be resumed ${status}`)
      origin = run.record.run
      flow = await openFlow(FLOW, { ...opening, env: environment })
    },

    async run(_, size) {
      const start = performance.now()
      const plan = await flow.planResume({ origin })
      const plannedAt = performance.now()
      const step = plan.steps.find((one) => one.step === 'double')
      if (step?.reused !== size) throw new Error(`${step?.reused} tasks are reused instead of ${size}`)
      let startedAt = 0
      const run = await flow.resume(plan, {
        user: 'bench',
        maxNumSplits: size,
        onEvent(event) {
          if (event.type === 'task-started' && startedAt === 0) startedAt = performance.now()
        },
      })
      const { status, failure } = await run.ended
      if (status !== 'succeeded') throw new Error(`the resumed run ${status}: ${failure?.error.message ?? ''}`)
      return { resumeMs: startedAt - start, planMs: plannedAt - start, wholeMs: performance.now() - start }
    },

    async close() {
      await flow?.close()
    },
  }
}
