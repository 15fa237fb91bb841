import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openStore, RunStore } from '@flowctl/datastore'
import { connect, followEvents, submitRun } from '@flowctl/queue'
import { openFlow } from '@flowctl/runs'
import { PRODUCT } from './product.mjs'

const FLOWCTL = fileURLToPath(new URL('../../packages/cli/bin/flowctl.js', import.meta.url))
const READY_MS = 30_000
const STOP_MS = 10_000
const RUN_MS = 10 * 60_000
/** How often the end of a run is looked for: in a folder, and elsewhere. */
const LOOK_MS = { file: 2, other: 20 }

/**
 * @typedef {object} StackOptions
 * @property {string} folder for logs, bundles and, unless said otherwise, the datastore
 * @property {string} redisUrl for example `(await redisServer()).url`; what of flowctl is in it is kept apart by a name
 * @property {number} slots of each worker
 * @property {number} [workers] default 1
 * @property {string} [datastore] folder or URL; default: a folder below `folder`
 * @property {Record<string, string | undefined>} [environment] on top of this process's: credentials, NODE_OPTIONS
 */

/**
 * A run that has ended.
 *
 * @typedef {object} EndedRun
 * @property {number} ms from its admission by the coordinator to the writing of its end, to some 2 ms (20 on S3)
 * @property {string} flow
 * @property {string} run
 */

let stacks = 0

/**
 * Starts a coordinator and workers as processes, through the command line, and gives what submits runs to them. They end with
 * this process, whatever becomes of it; `close` ends them in good order.
 *
 *     const stack = await startStack({ folder, redisUrl: (await redisServer()).url, slots: 2 })
 *     const flow = await stack.open(FLOW)             // compiles and bundles, once
 *     await flow.run({ count: 4 })                    // the worker is warm now: its processes have loaded the flow
 *     const { ms } = await flow.run({ count: 10_000 })
 *     await stack.close()
 *
 * @param {StackOptions} options
 */
export async function startStack(options) {
  const { folder, redisUrl, slots, workers = 1, datastore = join(folder, 'datastore') } = options
  stacks += 1
  const namespace = `bench-${process.pid}-${stacks}`
  const cache = join(folder, 'cache')
  mkdirSync(cache, { recursive: true })
  const environment = {
    ...process.env,
    ...options.environment,
    FLOWCTL_REDIS_URL: redisUrl,
    FLOWCTL_REDIS_NAMESPACE: namespace,
    FLOWCTL_DATASTORE: datastore,
    FLOWCTL_CACHE: cache,
  }
  const store = await openStore(datastore, { env: environment, check: 'write' })
  const connection = await connect({ url: redisUrl, namespace })
  const services = [await startService(['coordinator'], folder, environment)]
  for (let n = 0; n < workers; n++) {
    services.push(await startService(['worker', '--slots', String(slots)], folder, environment))
  }
  const [coordinator, ...others] = services.map(({ pid }) => pid)
  const flows = /** @type {import('@flowctl/runs').OpenedFlow[]} */ ([])

  return {
    redis: connection.redis,
    store,
    /** Process ids; those of the task processes are the workers' children. */
    pids: { coordinator: /** @type {number} */ (coordinator), workers: others },

    /**
     * Compiles and bundles a flow file. It stays open until the stack is closed.
     *
     * @param {string} file
     * @param {{ isolate?: boolean }} [opening]
     */
    async open(file, { isolate = false } = {}) {
      const opening = { store, cacheDir: cache, env: environment, packages: /** @type {const} */ ('bundle'), isolate }
      const flow = await openFlow(file, { ...opening, ...PRODUCT, maxWorkers: 1 })
      flows.push(flow)
      return {
        /**
         * Submits a run and waits for its end. Throws when it fails.
         *
         * @param {Readonly<Record<string, string | number>>} [parameters] by field
         * @param {{ maxNumSplits?: number, maxWorkers?: number }} [limits]
         * @returns {Promise<EndedRun>}
         */
        async run(parameters = {}, { maxNumSplits = 1_000_000, maxWorkers = 0 } = {}) {
          const given = Object.entries(parameters).map(([field, value]) => [
            field,
            { text: String(value), source: field },
          ])
          const prepared = await flow.prepare({ parameters: Object.fromEntries(given), user: 'bench', maxNumSplits })
          const record = await submitRun(connection, { objects: store, record: prepared.record, maxWorkers })
          return runToEnd(connection, store, record)
        },
      }
    },

    async close() {
      for (const flow of flows) await flow.close()
      for (const service of services.toReversed()) await service.stop()
      await connection.close()
    },
  }
}

/**
 * The events say when it was admitted, and are read no further; its end is known by its record, looking for which costs next to
 * nothing.
 *
 * @param {import('@flowctl/queue').Connection} connection
 * @param {import('@flowctl/core').ObjectStore} objects
 * @param {import('@flowctl/core').RunRecord} record
 * @returns {Promise<EndedRun>}
 */
async function runToEnd(connection, objects, record) {
  const { flow, run } = record
  let admittedAt = /** @type {number | undefined} */ (undefined)
  const admitted = new AbortController()
  const following = followEvents(connection, {
    objects,
    record,
    signal: admitted.signal,
    onEvent(event) {
      if (event.type !== 'run-started') return
      admittedAt = event.at
      admitted.abort()
    },
  })
  const runStore = new RunStore(objects, flow, run)
  const every = objects.url.startsWith('file:') ? LOOK_MS.file : LOOK_MS.other
  const giveUp = Date.now() + RUN_MS
  let end = await runStore.readEnd()
  for (; end === undefined; end = await runStore.readEnd()) {
    if (Date.now() > giveUp) throw new Error(`${flow}/${run} has not ended within ${RUN_MS / 60_000} minutes`)
    await sleep(every)
  }
  const endedAt = Date.now()
  if (end.status !== 'succeeded') throw new Error(`${flow}/${run} ${end.status}: ${end.failure?.error.message ?? ''}`)
  await following
  if (admittedAt === undefined) throw new Error(`nobody said when ${flow}/${run} was admitted`)
  return { ms: endedAt - admittedAt, flow, run }
}

/**
 * @param {readonly string[]} words
 * @param {string} folder
 * @param {Record<string, string | undefined>} environment
 */
async function startService(words, folder, environment) {
  const name = /** @type {string} */ (words[0])
  const log = join(folder, `${name}.log`)
  const output = openSync(log, 'a')
  // A service that has a channel says when it is ready, and ends when the channel closes.
  const child = spawn(process.execPath, [FLOWCTL, ...words], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', output, output, 'ipc'],
  })
  closeSync(output)
  const ended = once(child, 'exit')
  const ready = await Promise.race([once(child, 'message'), ended.then(() => undefined), sleep(READY_MS, undefined)])
  if (ready === undefined) {
    child.kill('SIGKILL')
    throw new Error(`the ${name} is not ready:\n${readFileSync(log, 'utf8').slice(-2000)}`)
  }
  return {
    pid: /** @type {number} */ (child.pid),
    async stop() {
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
      child.kill('SIGTERM')
      await ended
      clearTimeout(late)
    },
  }
}
