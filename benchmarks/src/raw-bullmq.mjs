import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { FlowProducer, Queue } from 'bullmq'

const WORKER = fileURLToPath(new URL('./raw-worker.mjs', import.meta.url))
const CHUNK = 1000
const OPTIONS = { removeOnComplete: true }

/** @param {string} redisUrl */
export function bullmqConnection(redisUrl) {
  const { hostname, port } = new URL(redisUrl)
  return { host: hostname, port: Number(port), maxRetriesPerRequest: null }
}

/**
 * BullMQ alone with a worker process that does nothing: what the queue rows are compared with.
 *
 * @param {string} redisUrl
 * @param {number} concurrency of the worker
 */
export async function startRawBullmq(redisUrl, concurrency) {
  const connection = bullmqConnection(redisUrl)
  const name = `raw-${process.pid}-${concurrency}`
  const queue = new Queue(name, { connection })
  const flows = new FlowProducer({ connection })
  const worker = fork(WORKER, [redisUrl, name, String(concurrency)])
  await Promise.all([once(worker, 'message'), queue.waitUntilReady()])

  return {
    /**
     * Adds jobs with `addBulk`, while they are processed. Milliseconds from the first call to the last job.
     *
     * @param {number} count
     */
    async jobs(count) {
      const done = await counting(worker, count)
      const start = performance.now()
      for (let from = 0; from < count; from += CHUNK) {
        const size = Math.min(CHUNK, count - from)
        const jobs = Array.from({ length: size }, (_, n) => ({ name: 'job', data: { index: from + n }, opts: OPTIONS }))
        await queue.addBulk(jobs)
      }
      await done.promise
      return performance.now() - start
    },

    /**
     * A flow in which each job waits for one child. Milliseconds from its adding to the last job.
     *
     * @param {number} steps
     */
    async chain(steps) {
      let flow = { name: 'step', queueName: name, data: { step: 0 }, opts: OPTIONS }
      for (let step = 1; step < steps; step++)
        flow = Object.assign({ name: 'step', queueName: name, data: { step }, opts: OPTIONS }, { children: [flow] })
      const done = await counting(worker, steps)
      const start = performance.now()
      await flows.add(flow)
      await done.promise
      return performance.now() - start
    },

    async close() {
      await queue.obliterate({ force: true })
      await Promise.all([queue.close(), flows.close()])
      worker.disconnect()
      await once(worker, 'exit')
    },
  }
}

/**
 * Resolves when the worker counts; `promise` when it has done so many jobs.
 *
 * @param {import('node:child_process').ChildProcess} worker
 * @param {number} count
 */
async function counting(worker, count) {
  worker.send(count)
  await once(worker, 'message')
  return { promise: once(worker, 'message') }
}
