import { fileURLToPath } from 'node:url'
import { redisServer, s3Server } from './servers.mjs'
import { startStack } from './stack.mjs'

const FLOW = fileURLToPath(new URL('../flows/foreach.ts', import.meta.url))

/** @typedef {Awaited<ReturnType<typeof startStack>>} Stack */
/** @type {Stack[]} */
const stacks = []
/** @type {Awaited<ReturnType<Stack['open']>>[]} */
let flows = []

/** @type {import('./rows.mjs').Benchmark} */
export const foreachOnS3 = {
  about:
    'A foreach of `size` tasks that each store one small artifact, joined, on the queue with one worker of 2 slots: with its datastore on S3, and in files',
  size: 10_000,
  smokeSize: 200,
  durability: 'Redis: AOF everysec; S3: the Ceph gateway of the tests, its data in memory; files without fsync',
  needs: ['redis', 's3'],
  ratios: { 's3/files': ['s3TasksPerSecond', 'fileTasksPerSecond'] },
  goals: [
    {
      what: 'foreach of 10,000 and of 100,000 no-op tasks, joined, on S3',
      text: 'at least half of the file datastore',
      measure: 's3/files',
      atLeast: 0.5,
    },
  ],

  async prepare(folder) {
    const [redis, s3] = [await redisServer(), await s3Server()]
    if (s3 === undefined) throw new Error('there is no S3 server')
    const common = { folder, redisUrl: redis.url, slots: 2 }
    stacks.push(await startStack(common))
    stacks.push(await startStack({ ...common, datastore: s3.newUrl(), environment: s3.env }))
    flows = await Promise.all(stacks.map((stack) => stack.open(FLOW)))
    for (const flow of flows) await flow.run({ count: 4 })
  },

  async run(_, size) {
    const [files, s3] = flows
    if (files === undefined || s3 === undefined) throw new Error('nothing was prepared')
    const onFiles = await files.run({ count: size })
    const onS3 = await s3.run({ count: size })
    const rate = (/** @type {number} */ ms) => size / (ms / 1000)
    return { fileTasksPerSecond: rate(onFiles.ms), s3TasksPerSecond: rate(onS3.ms), fileMs: onFiles.ms, s3Ms: onS3.ms }
  },

  async close() {
    for (const stack of stacks.splice(0)) await stack.close()
  },
}
