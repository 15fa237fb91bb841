import { fileURLToPath } from 'node:url'
import { childrenOf, peakMB, resetPeak, watchRedis } from './memory.mjs'
import { startRawBullmq } from './raw-bullmq.mjs'
import { redisServer } from './servers.mjs'
import { startStack } from './stack.mjs'

const FLOW = fileURLToPath(new URL('../flows/foreach.ts', import.meta.url))
const SLOTS = 2
/** The concurrency at which BullMQ alone is quickest. */
const RAW_CONCURRENCY = 50
const DURABILITY = 'AOF everysec; files without fsync'

/** @typedef {Awaited<ReturnType<typeof prepared>>} Prepared */

/** @type {Prepared | undefined} */
let narrow

export const queueForeach = {
  about:
    'A foreach of `size` no-op tasks that each store one small artifact, joined, submitted to one warm worker of 2 slots, from admission to end, against as many no-op jobs of BullMQ alone, added with addBulk and processed (concurrency 50) on the same Redis',
  size: 10_000,
  smokeSize: 200,
  durability: DURABILITY,
  needs: /** @type {const} */ (['redis']),
  ratios: { 'tasks/jobs': /** @type {const} */ (['tasksPerSecond', 'jobsPerSecond']) },
  goals: [
    {
      what: 'foreach of 10,000 no-op tasks that each store one small artifact, joined',
      text: 'at least 2 x the jobs/s of raw BullMQ (aim at 4 x)',
      measure: 'tasks/jobs',
      atLeast: 2,
    },
  ],

  /** @param {string} folder */
  async prepare(folder) {
    narrow = await prepared(folder)
  },

  /**
   * @param {string} _folder
   * @param {number} size
   */
  async run(_folder, size) {
    const { flow, raw } = needed(narrow)
    const { ms } = await flow.run({ count: size })
    return { tasksPerSecond: perSecond(size, ms), jobsPerSecond: perSecond(size, await raw.jobs(size)) }
  },

  async close() {
    await narrow?.close()
    narrow = undefined
  },
}

/** @type {Prepared | undefined} */
let wide
/** Of a foreach a tenth as wide. */
let narrowPeaks = { coordinatorMB: 0, workerMB: 0, taskProcessMB: 0 }
/** How much wider the one is whose memory shows whether it grows with the tasks. */
const WIDER = 3

export const queueForeachWide = {
  about:
    'The same ten times as wide: memory of Redis above idle, objects written, and most memory of the processes (the join runs in one of the task processes) in a foreach three times as wide again against this one; beside it, that in a foreach a tenth as wide, which is over before the heaps have their usual size',
  size: 100_000,
  smokeSize: 400,
  durability: DURABILITY,
  needs: /** @type {const} */ (['redis']),
  ratios: {
    'tasks/jobs': /** @type {const} */ (['tasksPerSecond', 'jobsPerSecond']),
    'wide/narrow': /** @type {const} */ (['tasksPerSecond', 'narrowTasksPerSecond']),
    'coordinator wider/wide': /** @type {const} */ (['widerCoordinatorMB', 'coordinatorMB']),
    'worker wider/wide': /** @type {const} */ (['widerWorkerMB', 'workerMB']),
    'join wider/wide': /** @type {const} */ (['widerTaskProcessMB', 'taskProcessMB']),
  },
  goals: [
    {
      what: 'foreach of 100,000 no-op tasks that each store one small artifact, joined',
      text: 'at least 2 x the jobs/s of raw BullMQ (aim at 4 x)',
      measure: 'tasks/jobs',
      atLeast: 2,
    },
    {
      what: 'foreach of 100,000 against one of 10,000',
      text: 'no slowdown: as many tasks/s',
      measure: 'wide/narrow',
      atLeast: 1,
    },
    {
      what: 'Redis memory above idle at the peak of the 100,000',
      text: 'at most 12 MB',
      measure: 'redisMB',
      atMost: 12,
    },
    ...['coordinator', 'worker', 'join'].map((who) => ({
      what: `memory of the ${who} process over the 100,000`,
      text: 'flat in N: that of 300,000 is at most 1.25 x as much',
      measure: `${who} wider/wide`,
      atMost: 1.25,
    })),
    { what: 'objects in the datastore for the 100,000', text: 'at most 2,000', measure: 'objects', atMost: 2000 },
  ],

  /**
   * @param {string} folder
   * @param {number} size
   */
  async prepare(folder, size) {
    wide = await prepared(folder)
    for (let n = 0; n < 3; n++) await wide.flow.run({ count: size / 10 })
    narrowPeaks = wide.peaks()
  },

  /**
   * @param {string} _folder
   * @param {number} size
   */
  async run(_folder, size) {
    const { flow, raw, stack, peaks, reset, objects } = needed(wide)
    const narrowRun = await flow.run({ count: size / 10 })
    const there = await objects()
    reset()
    const stop = await watchRedis(stack.redis)
    const { ms } = await flow.run({ count: size })
    const redisMB = await stop()
    const widePeaks = peaks()
    const jobsPerSecond = perSecond(size, await raw.jobs(size))
    const written = (await objects()) - there
    reset()
    await flow.run({ count: WIDER * size })
    const widerPeaks = peaks()
    return {
      tasksPerSecond: perSecond(size, ms),
      narrowTasksPerSecond: perSecond(size / 10, narrowRun.ms),
      redisMB,
      ...widePeaks,
      narrowCoordinatorMB: narrowPeaks.coordinatorMB,
      narrowWorkerMB: narrowPeaks.workerMB,
      narrowTaskProcessMB: narrowPeaks.taskProcessMB,
      widerCoordinatorMB: widerPeaks.coordinatorMB,
      widerWorkerMB: widerPeaks.workerMB,
      widerTaskProcessMB: widerPeaks.taskProcessMB,
      objects: written,
      jobsPerSecond,
    }
  },

  async close() {
    await wide?.close()
    wide = undefined
  },
}

/** @param {string} folder */
async function prepared(folder) {
  const { url: redisUrl } = await redisServer()
  const raw = await startRawBullmq(redisUrl, RAW_CONCURRENCY)
  const stack = await startStack({ folder, redisUrl, slots: SLOTS })
  const flow = await stack.open(FLOW)
  await flow.run({ count: 4 * SLOTS })
  const { coordinator, workers } = stack.pids
  const worker = /** @type {number} */ (workers[0])
  return {
    raw,
    stack,
    flow,
    reset: () => [coordinator, worker, ...childrenOf(worker)].forEach(resetPeak),
    peaks: () => ({
      coordinatorMB: peakMB(coordinator),
      workerMB: peakMB(worker),
      taskProcessMB: Math.max(...childrenOf(worker).map(peakMB)),
    }),
    async objects() {
      let count = 0
      /** @type {string | undefined} */
      let cursor
      do {
        const page = await stack.store.list('ForeachFlow/', cursor === undefined ? {} : { cursor })
        count += page.keys.length
        cursor = page.cursor
      } while (cursor !== undefined)
      return count
    },
    async close() {
      await stack.close()
      await raw.close()
    },
  }
}

/** @param {Prepared | undefined} row */
function needed(row) {
  if (row === undefined) throw new Error('not prepared')
  return row
}

/**
 * @param {number} count
 * @param {number} ms
 */
function perSecond(count, ms) {
  return count / (ms / 1000)
}
