import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { emptyFiles, levelGround } from './level-ground.mjs'
import { artifactOf, localFlow, onlyTask, spanOf } from './local-flow.mjs'
import { timed } from './timed.mjs'

const FLOW = fileURLToPath(new URL('../flows/wide-join.ts', import.meta.url))
const MIB = 2 ** 20

export const megabytes = {
  about:
    'A foreach of `size` tasks that each store 1 MB, and a join that reads all of them with `for await`, on two task processes, against writing as many files of as many bytes and reading them with node:fs. From the start of the first task to the end of the join. Before each side the disk has nothing left to write, and memory has been touched; files of earlier runs are emptied, and removed at the end. hashedMs: as raw, but each file is also hashed with SHA-256 when it is written and when it is read',
  size: 1000,
  smokeSize: 20,
  durability: 'files without fsync',
  ratios: {
    'raw/flow': /** @type {const} */ (['rawMs', 'flowMs']),
    'hashed/flow': /** @type {const} */ (['hashedMs', 'flowMs']),
  },
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
   * @param {number} run
   */
  async run(folder, size, run) {
    levelGround(2 * size * MIB)
    const raw = await timed(() => writeAndRead(`${folder}/raw-${run}`, size))
    emptyFiles(`${folder}/raw-${run}`)
    levelGround(2 * size * MIB)
    const hashed = await timed(() => writeAndRead(`${folder}/hashed-${run}`, size, hash))
    emptyFiles(`${folder}/hashed-${run}`)
    const datastore = `${folder}/datastore-${run}`
    const flow = await localFlow(FLOW, { folder, datastore, maxWorkers: 2 })
    try {
      await flow.run({ count: 4, bytes: 8, stream: 'true' })
      levelGround(2 * size * MIB)
      const reader = await flow.run({ count: size, bytes: MIB, stream: 'true' })
      const work = await spanOf(reader, 'work')
      const join = await onlyTask(reader, 'join')
      const ofJoin = (/** @type {string} */ name) => artifactOf(flow.store, reader.graph.flow, join, name)
      const { peak: joinPeakMB, before: joinBeforeMB } = await ofJoin('memoryMB')
      const readMs = await ofJoin('scanMs')
      const tasksMs = work.to - work.from
      return {
        rawMs: raw.ms,
        hashedMs: hashed.ms,
        flowMs: join.endedAt - work.from,
        tasksMs,
        readMs,
        joinPeakMB,
        joinBeforeMB,
      }
    } finally {
      await flow.close()
      emptyFiles(datastore)
    }
  },
}

/** @param {Uint8Array | Float64Array} bytes */
const hash = (bytes) => void createHash('sha256').update(bytes).digest()

/**
 * @param {string} folder
 * @param {number} count
 * @param {(bytes: Uint8Array | Float64Array) => void} [look] at what is written, and at what was read
 */
function writeAndRead(folder, count, look = () => {}) {
  mkdirSync(folder)
  const values = new Float64Array(MIB / Float64Array.BYTES_PER_ELEMENT)
  for (let i = 0; i < count; i++) {
    look(values.fill(i))
    writeFileSync(`${folder}/${i}`, values)
  }
  for (let i = 0; i < count; i++) {
    const read = readFileSync(`${folder}/${i}`)
    look(read)
    if (new Float64Array(read.buffer, read.byteOffset, 1)[0] !== i) throw new Error('another file was read')
  }
}
