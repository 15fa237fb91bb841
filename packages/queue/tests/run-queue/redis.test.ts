import { Worker } from 'bullmq'
import { describe } from 'vitest'
import { FINISH, type FlowGraph, type RunRecord } from '@flowctl/core'
import { memoryStore } from '@flowctl/datastore'
import { CONTROL, poolQueue } from '../../src/connection/keys.ts'
import { DELIVERY, type JobData } from '../../src/queue/job-data.ts'
import { Attacher } from '../../src/runs/attach.ts'
import { enqueueBelow, enqueueMissing } from '../../src/runs/enqueue-missing.ts'
import { OpenRun } from '../../src/runs/open-run.ts'
import { attachedToken } from '../../src/scripts/attached-lock.ts'
import type { JobContext } from '../../src/worker/job-context.ts'
import { OwnAttachedJobs } from '../../src/worker/own-attached-jobs.ts'
import { ParentWaits } from '../../src/worker/parent-waits.ts'
import { RedisQueue } from '../../src/worker/redis-queue.ts'
import { queuesOnRedis } from '../queues-on-redis.ts'
import { runQueueConformance, type OpenQueue } from './conformance.ts'

const on = queuesOnRedis()
let runs = 0

function openRun(graph: FlowGraph): OpenRun {
  runs += 1
  const pools = Object.fromEntries(Object.keys(graph.steps).map((step) => [step, 'default']))
  const options = { maxWorkers: 0 }
  const record = { flow: 'F', run: `r${runs}`, graph, options, placement: { shard: 0, priority: 5, pools } }
  const nobody = { size: 0, acquire: () => Promise.reject(new Error('nothing runs here')), release: () => {} }
  const host = { objects: memoryStore(), host: 'h', now: Date.now, nonce: () => 'n', pool: nobody, emit: () => {} }
  return new OpenRun(record as unknown as RunRecord, [], [], host)
}

const open: OpenQueue = async (graph, width) => {
  const { connection, queues } = on
  await connection.redis.flushall()
  const run = openRun(graph)
  const slots = (): number => width
  const enqueuing = { queues, slots, now: Date.now, announce: async () => void (await run.stopped(true)) }
  const context: JobContext = {
    ...enqueuing,
    attacher: new Attacher(queues, slots, Date.now),
    ownAttached: new OwnAttachedJobs(),
    nonce: () => 'n',
    host: 'h',
    runningBeside: () => 0,
    enqueueBelow: async (of, join) => void (await enqueueBelow(of, join, enqueuing)),
  }
  const workers = [poolQueue('default'), CONTROL].map(
    (name) =>
      new Worker<JobData>(name, undefined, {
        ...DELIVERY,
        connection: connection.redis,
        prefix: queues.prefix,
        autorun: false,
      }),
  )
  await enqueueMissing(run, enqueuing)
  let tokens = 0
  return {
    store: run.store,
    reader: run.reader,
    state: run,
    async next() {
      for (const worker of workers) {
        const token = `t${(tokens += 1)}`
        const queued = await worker.getNextJob(token, { block: false })
        if (queued === undefined) continue
        const { job } = queued.data
        const waits = job.kind === 'finish' ? undefined : new ParentWaits(run, job, context)
        const queue = new RedisQueue(run, token, waits as ParentWaits, context)
        const driven = async (): Promise<void> => {
          const { outcome } = queue
          if (typeof outcome === 'object') await outcome.attaching
          await queued.moveToCompleted(undefined, typeof outcome === 'object' ? attachedToken(token) : token, false)
          if (job.id === FINISH.id) for (const one of workers) await one.close()
        }
        return { job, queue, driven }
      }
      return undefined
    },
  }
}

describe('the queues in Redis', () => runQueueConformance(open, 10))
