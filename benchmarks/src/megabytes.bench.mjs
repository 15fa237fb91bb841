import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { artifactOf, localFlow, onlyTask, spanOf } from './local-flow.mjs'
import { timed } from './timed.mjs'

const FLOW = fileURLToPath(new URL('../flows/wide-join.ts', import.meta.url))
const MIB = 2 ** 20

export const megabytes = {
  about:
    'A foreach of `size` tasks that each store 1 MB, and a join that reads all of them with `for await`, on two task processes, against writing as many files of as many bytes and reading them with node:fs. From the start of the first task to the end of the join',
  size: 1000,
  smokeSize: 20,
  durability: 'files without fsync',
  ratios: { 'raw/flow': /** @type {const} */ (['rawMs', 'flowMs']) },
  goals: [
    {
      what: '1,000 tasks that each store 1 MB, and a join that reads all of them streaming',
      text: 'at least 60 % of raw disk',
      measure: 'raw/flow',
      atLeast: 0.6,
    },
    { what: 'memory of that join', text: 'under 200 MB', measure: 'joinPeakMB', atMost: 200 },
  ],

  /**
   * @param {string} folder
   * @param {number} size
   */
  async run(folder, size) {
    const raw = await timed(() => writeAndRead(`${folder}/raw`, size))
    rmSync(`${folder}/raw`, { recursive: true })
    const datastore = `${folder}/datastore`
    const flow = await localFlow(FLOW, { folder, datastore, maxWorkers: 2 })
    try {
      await flow.run({ count: 4, bytes: 8, stream: 'true' })
      const reader = await flow.run({ count: size, bytes: MIB, stream: 'true' })
      const work = await spanOf(reader, 'work')
      const join = await onlyTask(reader, 'join')
      const ofJoin = (/** @type {string} */ name) => artifactOf(flow.store, reader.graph.flow, join, name)
      const { peak: joinPeakMB, before: joinBeforeMB } = await ofJoin('memoryMB')
      const readMs = await ofJoin('scanMs')
      const tasksMs = work.to - work.from
      return {
        rawMs: raw.ms,
        flowMs: join.endedAt - work.from,
        tasksMs,
        readMs,
        joinPeakMB,
        joinBeforeMB,
      }
    } finally {
      await flow.close()
      rmSync(datastore, { recursive: true, force: true })
    }
  },
}

/**
 * @param {string} folder
 * @param {number} count
 */
function writeAndRead(folder, count) {
  mkdirSync(folder)
  const values = new Float64Array(MIB / Float64Array.BYTES_PER_ELEMENT)
  for (let i = 0; i < count; i++) writeFileSync(`${folder}/${i}`, values.fill(i))
  for (let i = 0; i < count; i++) {
    const read = readFileSync(`${folder}/${i}`)
    if (new Float64Array(read.buffer, read.byteOffset, 1)[0] !== i) throw new Error('another file was read')
  }
}
