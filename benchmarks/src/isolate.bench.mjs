import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { compileFlow } from '@flowctl/compiler'
import { timeFlowctl, timeNode } from './processes.mjs'
import { newestRun } from './recorded.mjs'
import { timed } from './timed.mjs'

const FLOW = fileURLToPath(new URL('../flows/isolated.ts', import.meta.url))
const BARE = fileURLToPath(new URL('./bare-task-process.mjs', import.meta.url))
/** Processes at a time, on both sides. */
const AT_ONCE = Math.min(2, availableParallelism())

export const isolate = {
  about:
    'A foreach of `size` tasks and its join with --isolate, from the end of the step before to the start of the join, against as many bare processes, started so many at a time: Node loads the bundle of a task process and that of the flow, and exits. Both divided by the number of processes',
  size: 40,
  smokeSize: 4,
  durability: 'files without fsync',
  ratios: { 'isolated/bare': /** @type {const} */ (['isolatedMs', 'bareMs']) },
  goals: [
    {
      what: '`--isolate` (a fresh process per task)',
      text: 'at most 1.3 x starting `node` with the bundle',
      measure: 'isolated/bare',
      atMost: 1.3,
    },
  ],

  /**
   * @param {string} folder
   * @param {number} size
   */
  async run(folder, size) {
    const { bundle } = await compileFlow(FLOW, { cacheDir: `${folder}/cache` })
    const bare = await timed(async () => {
      const start = () => timeNode([BARE, bundle], folder)
      let left = size
      const several = async () => {
        while (left-- > 0) await start()
      }
      await Promise.all(Array.from({ length: AT_ONCE }, several))
      // What the join's process is.
      await start()
    })
    const datastore = `${folder}/datastore`
    const options = ['--isolate', '--max-workers', String(AT_ONCE), '--quiet', '--datastore', datastore]
    await timeFlowctl(['run', FLOW, '--count', String(size), ...options], folder)
    const { reader } = await newestRun(datastore, 'IsolatedFlow')
    const [start, join] = [await reader.task('start', '0'), await reader.task('join', '0')]
    if (start === undefined || join === undefined) throw new Error('the run has no join')
    return { bareMs: bare.ms / (size + 1), isolatedMs: (join.startedAt - start.endedAt) / (size + 1) }
  },
}
