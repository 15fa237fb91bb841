import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { emptyFiles, levelGround } from './level-ground.mjs'
import { artifactOf, localFlow, onlyTask } from './local-flow.mjs'
import { numbers } from './numbers.mjs'
import { timed } from './timed.mjs'

const FLOW = fileURLToPath(new URL('../flows/large-array.ts', import.meta.url))

/** @type {import('./rows.mjs').Benchmark} */
export const array = {
  about:
    'A step that stores a Float64Array of `size` MB and one that reads it, in one task process, against writing and reading the same bytes with node:fs. saveMs: from the last statement of the step to the end of its task; loadMs: reading this.values; peak/size: the most memory that the process has held, beyond what it held before, in sizes of the array. Before each side the disk has nothing left to write, and memory has been touched; files of earlier runs are emptied, and removed at the end',
  size: 1024,
  smokeSize: 64,
  durability: 'files without fsync',
  ratios: {
    'save/write': ['saveMs', 'writeMs'],
    'load/read': ['loadMs', 'readMs'],
    'flow/raw': ['flowMs', 'rawMs'],
    'peak/size': ['peakMB', 'sizeMB'],
  },
  goals: [
    {
      what: '1 GB Float64Array artifact, save then load, file datastore',
      text: 'at most 2 x raw write plus read of the same bytes',
      measure: 'flow/raw',
      atMost: 2,
    },
    { what: 'peak memory of that', text: '1.3 x its size', measure: 'peak/size', atMost: 1.3 },
  ],

  async run(folder, size, run) {
    const bytes = new Uint8Array(numbers((size * 2 ** 20) / Float64Array.BYTES_PER_ELEMENT, run).buffer)
    const file = `${folder}/raw-${run}/bytes`
    mkdirSync(dirname(file))
    levelGround(2 * bytes.length)
    const write = await timed(() => writeFileSync(file, bytes))
    const read = await timed(() => void readFileSync(file))
    emptyFiles(dirname(file))
    const hash = await timed(() => createHash('sha256').update(bytes).digest())
    const datastore = `${folder}/datastore-${run}`
    const flow = await localFlow(FLOW, { folder, datastore, maxWorkers: 1 })
    try {
      const reader = await flow.run({ megabytes: size, touch: 2 * size, seed: run + 1 })
      const [start, end] = [await onlyTask(reader, 'start'), await onlyTask(reader, 'end')]
      const valueOf = (/** @type {string} */ name) => artifactOf(flow.store, reader.graph.flow, end, name)
      const [madeAt, beforeMB, loaded] = [
        await valueOf('madeAt'),
        await valueOf('beforeSaveMB'),
        await valueOf('loaded'),
      ]
      const [saveMs, loadMs, writeMs, readMs] = [start.endedAt - madeAt, loaded.ms, write.ms, read.ms]
      return {
        writeMs,
        readMs,
        rawMs: writeMs + readMs,
        sha256Ms: hash.ms,
        saveMs,
        loadMs,
        flowMs: saveMs + loadMs,
        peakMB: loaded.peakMB - beforeMB,
        beforeLoadMB: loaded.beforeMB - beforeMB,
        sizeMB: size,
      }
    } finally {
      await flow.close()
      emptyFiles(datastore)
    }
  },
}
