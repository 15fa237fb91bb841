import { fileURLToPath } from 'node:url'
import { artifactOf, localFlow, onlyTask, spanOf } from './local-flow.mjs'
import { s3Server } from './servers.mjs'

const FLOW = fileURLToPath(new URL('../flows/wide-join.ts', import.meta.url))
const BYTES = 80

/** @type {Awaited<ReturnType<typeof localFlow>>} */
let flow

/** @type {import('./rows.mjs').Benchmark} */
export const joinOnS3 = {
  about: `A join over \`size\` inputs that reads an array of ${BYTES} bytes of each with inputs.map, on S3, its tasks committed as the engine sliced them. joinMs: from the end of the last task before it to its own end; scanMs: the reading alone`,
  size: 10_000,
  smokeSize: 200,
  durability: 'S3: the Ceph gateway of the tests, its data in memory',
  needs: ['s3'],
  goals: [
    {
      what: 'join over 10,000 inputs reading one small artifact of each, tasks committed as the engine sliced them, on S3',
      text: 'at most 2 s',
      measure: 'joinMs',
      atMost: 2000,
    },
  ],

  async prepare(folder) {
    const server = await s3Server()
    if (server === undefined) throw new Error('there is no S3 server')
    flow = await localFlow(FLOW, { folder, datastore: server.newUrl(), env: server.env, maxWorkers: 2 })
  },

  async run(_, size) {
    const reader = await flow.run({ count: size, bytes: BYTES })
    const work = await spanOf(reader, 'work')
    const join = await onlyTask(reader, 'join')
    const scanMs = await artifactOf(flow.store, reader.graph.flow, join, 'scanMs')
    return { joinMs: join.endedAt - work.to, scanMs }
  },

  async close() {
    await flow?.close()
  },
}
