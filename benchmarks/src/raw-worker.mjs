import { Worker } from 'bullmq'
import { bullmqConnection } from './raw-bullmq.mjs'

// A worker of raw BullMQ that does nothing, in a process of its own. `node raw-worker.mjs REDIS_URL QUEUE CONCURRENCY`; whoever
// started it says after how many jobs it wants to be told.

const [redisUrl = '', queue = '', concurrency = '1'] = process.argv.slice(2)
let done = 0
let wanted = Infinity

const worker = new Worker(
  queue,
  async () => {
    done += 1
    if (done >= wanted) tell()
  },
  { connection: bullmqConnection(redisUrl), concurrency: Number(concurrency), removeOnComplete: { count: 0 } },
)
process.on('message', (message) => {
  done = 0
  wanted = Number(message)
  process.send?.('counting')
})
process.on('disconnect', () => process.exit())
await worker.waitUntilReady()
process.send?.('ready')

function tell() {
  wanted = Infinity
  process.send?.('done')
}
