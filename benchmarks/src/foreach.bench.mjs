import { fileURLToPath } from 'node:url'
import { timeFlowctl } from './processes.mjs'

const FLOW = fileURLToPath(new URL('../flows/foreach.ts', import.meta.url))

export const foreach = {
  about:
    'A foreach of `size` tasks that square a number, and the join that adds them up; memory of the engine, not of the tasks',
  size: 10_000,
  smokeSize: 1000,

  /**
   * @param {string} folder
   * @param {number} size
   */
  async run(folder, size) {
    const options = ['--quiet', '--max-num-splits', String(size), '--datastore', `${folder}/datastore`]
    const { ms, peakMB } = await timeFlowctl(['run', FLOW, '--count', String(size), ...options], folder)
    return { ms, tasksPerSecond: size / (ms / 1000), ...(peakMB === undefined ? {} : { engineMB: peakMB }) }
  },
}
