import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { localFlow, spanOf } from './local-flow.mjs'

const FLOW = fileURLToPath(new URL('../flows/fetching.ts', import.meta.url))
const SERVER = fileURLToPath(new URL('./slow-server.mjs', import.meta.url))
/** What a call takes at the server. */
const CALL_MS = 50
/** So many times fewer tasks are run one at a time. */
const FEWER = 50

/** @type {{ url: string, flow: Awaited<ReturnType<typeof localFlow>>, close(): Promise<void> } | undefined} */
let going

export const concurrent = {
  about:
    'A foreach of `size` tasks that each await a call of 50 ms over loopback, write a line and keep the answer, with @concurrent(50), against as many seconds of the same one at a time; one warm task process. From the start of the first task to the end of the last',
  size: 3000,
  smokeSize: 200,
  durability: 'files without fsync',
  ratios: { 'concurrent/alone': /** @type {const} */ (['concurrentPerSecond', 'alonePerSecond']) },
  goals: [
    {
      what: 'I/O-bound foreach, `@concurrent(50)`, one process',
      text: 'at least 30 x the rate of one at a time',
      measure: 'concurrent/alone',
      atLeast: 30,
    },
  ],

  /** @param {string} folder */
  async prepare(folder) {
    const flow = await localFlow(FLOW, { folder, datastore: `${folder}/datastore`, maxWorkers: 1 })
    const server = spawn(process.execPath, [SERVER, String(CALL_MS)], { stdio: ['pipe', 'pipe', 'inherit'] })
    const [url] = await once(server.stdout.setEncoding('utf8'), 'data')
    const close = async () => {
      await flow.close()
      server.stdin.end()
      await once(server, 'exit')
    }
    going = { url: String(url).trim(), flow, close }
  },

  /**
   * @param {string} _folder
   * @param {number} size
   */
  async run(_folder, size) {
    if (going === undefined) throw new Error('not prepared')
    const few = Math.ceil(size / FEWER)
    const reader = await going.flow.run({ url: going.url, few, many: size })
    const [alone, together] = [await spanOf(reader, 'alone'), await spanOf(reader, 'together')]
    const perSecond = (/** @type {number} */ count, /** @type {{ from: number, to: number }} */ { from, to }) =>
      (count * 1000) / (to - from)
    return { alonePerSecond: perSecond(few, alone), concurrentPerSecond: perSecond(size, together) }
  },

  async close() {
    await going?.close()
    going = undefined
  },
}
