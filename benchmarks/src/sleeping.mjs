import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { redisServer } from './servers.mjs'
import { startStack } from './stack.mjs'

const FLOW = fileURLToPath(new URL('../flows/sleeping.ts', import.meta.url))
/** Tasks for each slot before anything is measured: all task processes are started, and have run some. */
const WARMING = 8

/**
 * A row about how busy a foreach of tasks that sleep keeps the slots of a worker. Sleeping tasks need no core, so that there may be
 * more slots than cores.
 *
 * @param {{ slots: number, ms: number, lastMs: number }} work `lastMs`: of the last tenth
 */
export function sleepingRow({ slots, ms, lastMs }) {
  /** @type {{ close(): Promise<void>, run(parameters: Record<string, number>): Promise<{ ms: number }> } | undefined} */
  let going

  return {
    durability: 'AOF everysec; files without fsync',
    needs: /** @type {const} */ (['redis']),
    ratios: {
      'ideal/real': /** @type {const} */ (['idealMs', 'realMs']),
      // Tasks cannot be divided: some slots have one more than others.
      'whole tasks/real': /** @type {const} */ (['wholeTasksMs', 'realMs']),
    },

    /** @param {string} folder */
    async prepare(folder) {
      const { url: redisUrl } = await redisServer()
      const stack = await startStack({ folder: mkdtempSync(join(folder, 'stack-')), redisUrl, slots })
      const flow = await stack.open(FLOW)
      going = { close: () => stack.close(), run: (parameters) => flow.run(parameters) }
      await going.run({ count: slots * WARMING, ms: 20, lastMs: 20 })
    },

    /**
     * @param {string} _folder
     * @param {number} size
     */
    async run(_folder, size) {
      if (going === undefined) throw new Error('not prepared')
      const real = await going.run({ count: size, ms, lastMs })
      const slow = size - Math.ceil(size * 0.9)
      const idealMs = ((size - slow) * ms + slow * lastMs) / slots
      const wholeTasksMs = ms === lastMs ? Math.ceil(size / slots) * ms : idealMs
      return { idealMs, wholeTasksMs, realMs: real.ms }
    },

    async close() {
      await going?.close()
      going = undefined
    },
  }
}
