import { createHash } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { ArtifactStore, encodeValue, fileStore } from '@flowctl/datastore'
import { check, numbers } from './numbers.mjs'
import { timed } from './timed.mjs'

export const array = {
  about:
    'Saving and loading a Float64Array of `size` MB as an artifact, against writing and reading the same bytes with node:fs',
  size: 1024,
  smokeSize: 64,
  ratios: {
    'save/write': /** @type {const} */ (['saveMs', 'writeMs']),
    'load/read': /** @type {const} */ (['loadMs', 'readMs']),
  },

  /**
   * @param {string} folder
   * @param {number} size
   * @param {number} run
   */
  async run(folder, size, run) {
    const values = numbers((size * 2 ** 20) / Float64Array.BYTES_PER_ELEMENT, run)
    const bytes = new Uint8Array(values.buffer)
    const [raw, root] = [`${folder}/raw`, `${folder}/datastore`]
    const write = await timed(() => writeFileSync(raw, bytes))
    const read = await timed(() => readFileSync(raw))
    rmSync(raw)
    const hash = await timed(() => createHash('sha256').update(bytes).digest())
    const store = fileStore(root)
    const save = await timed(() => new ArtifactStore(store, 'BenchFlow').save(encodeValue(values, 'values')))
    // A store of its own, so that nothing comes from what the first one remembers.
    const load = await timed(() => new ArtifactStore(fileStore(root), 'BenchFlow').load(save.value))
    rmSync(root, { recursive: true, force: true })
    check(values, load.value)
    return { writeMs: write.ms, readMs: read.ms, sha256Ms: hash.ms, saveMs: save.ms, loadMs: load.ms }
  },
}
