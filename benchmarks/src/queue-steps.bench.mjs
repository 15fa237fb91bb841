import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { chainFlow } from './chain.bench.mjs'
import { startRawBullmq } from './raw-bullmq.mjs'
import { redisServer } from './servers.mjs'
import { startStack } from './stack.mjs'

/** @typedef {Awaited<ReturnType<typeof startStack>>} Stack */
/** @typedef {Awaited<ReturnType<Stack['open']>>} Flow */

const COMMON = { durability: 'AOF everysec; files without fsync', needs: /** @type {const} */ (['redis']) }
/** The concurrency at which BullMQ alone is quickest with a chain. */
const RAW_CONCURRENCY = 50
/** Runs of each side before the first that counts: by then V8 has compiled what is run at every step, in all processes of both. */
const WARM_RUNS = 8

/** @type {{ stack: Stack, chain: Flow, raw: Awaited<ReturnType<typeof startRawBullmq>> } | undefined} */
let steps

export const queueChain = {
  about:
    'A chain of `size` steps that each store a small artifact, submitted to a warm worker, from admission to end, against a flow of as many jobs of BullMQ alone, each the parent of the one before',
  size: 100,
  smokeSize: 10,
  ...COMMON,
  ratios: { 'steps/jobs': /** @type {const} */ (['stepMs', 'jobMs']) },
  goals: [
    {
      what: 'chain of 100 steps that each store a small artifact, submitted',
      text: "at most 3 x raw BullMQ's flow chain",
      measure: 'steps/jobs',
      atMost: 3,
    },
  ],

  /**
   * @param {string} folder
   * @param {number} size
   */
  async prepare(folder, size) {
    const { url: redisUrl } = await redisServer()
    const file = `${folder}/chain.ts`
    writeFileSync(file, chainFlow(Math.max(3, size)))
    const raw = await startRawBullmq(redisUrl, RAW_CONCURRENCY)
    const stack = await startStack({ folder, redisUrl, slots: 1 })
    const chain = await stack.open(file)
    for (let n = 0; n < (size > 10 ? WARM_RUNS : 1); n++) {
      await chain.run()
      await raw.chain(size)
    }
    steps = { stack, chain, raw }
  },

  /**
   * @param {string} _folder
   * @param {number} size
   */
  async run(_folder, size) {
    if (steps === undefined) throw new Error('not prepared')
    const { ms } = await steps.chain.run()
    return { stepMs: ms / size, jobMs: (await steps.raw.chain(size)) / size }
  },

  async close() {
    await steps?.stack.close()
    await steps?.raw.close()
    steps = undefined
  },
}

const LIGHT = { steps: 40, n: 10 }
const HEAVY = { steps: 10, n: 33 }

/** @type {{ stack: Stack, light: Flow, heavy: Flow } | undefined} */
let sequential

export const queueSequential = {
  about:
    'Sequential flows submitted to a warm worker, from admission to end: 40 steps that each compute the tenth Fibonacci number, and 10 that each compute the 33rd, by recursion; the latter against the bare computation',
  size: 1,
  smokeSize: 1,
  ...COMMON,
  ratios: { 'heavy/bare': /** @type {const} */ (['heavyMs', 'bareMs']) },
  goals: [
    {
      what: 'sequential flow of 40 light steps (fibonacci of 10), submitted to a warm worker',
      text: 'at most 0.3 s',
      measure: 'lightMs',
      atMost: 300,
    },
    {
      what: 'sequential flow of 10 heavy steps (fibonacci of 33), submitted to a warm worker',
      text: 'at most 1.2 x the bare computation',
      measure: 'heavy/bare',
      atMost: 1.2,
    },
  ],

  /** @param {string} folder */
  async prepare(folder) {
    const stack = await startStack({ folder, redisUrl: (await redisServer()).url, slots: 4 })
    const [light, heavy] = await Promise.all(
      [LIGHT, HEAVY].map(async ({ steps, n }) => {
        const file = `${folder}/fibonacci-${n}.ts`
        writeFileSync(file, fibonacciFlow(steps, n))
        return stack.open(file)
      }),
    )
    sequential = { stack, light: /** @type {Flow} */ (light), heavy: /** @type {Flow} */ (heavy) }
    for (const flow of [sequential.light, sequential.heavy]) await flow.run()
  },

  async run() {
    if (sequential === undefined) throw new Error('not prepared')
    const bareMs = bareFibonacci()
    const { ms: lightMs } = await sequential.light.run()
    const { ms: heavyMs } = await sequential.heavy.run()
    return { lightMs, heavyMs, bareMs }
  },

  async close() {
    await sequential?.stack.close()
    sequential = undefined
  },
}

/** A declaration: of a constant, the bundler makes a variable, which V8 calls a tenth slower. Both sides run the same code. */
const FIBONACCI = 'function fibonacci(n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2) }'

/**
 * @param {number} steps
 * @param {number} n
 */
function fibonacciFlow(steps, n) {
  const names = ['start', ...Array.from({ length: steps - 2 }, (_, i) => `step${i + 1}`), 'end']
  const methods = names.map((name, i) => {
    const next = names[i + 1]
    return `  @step ${name}() { this.value = fibonacci(${n})${next === undefined ? '' : `; this.next(this.${next})`} }`
  })
  return [
    "import { FlowSpec, step } from 'flowctl'",
    FIBONACCI.replace('(n)', '(n: number): number'),
    `export default class Fibonacci${n}Flow extends FlowSpec {`,
    '  value!: number',
    ...methods,
    '}',
    '',
  ].join('\n')
}

/** Milliseconds of the heavy computation alone, as a module, in a process that has done it before. */
function bareFibonacci() {
  const { steps, n } = HEAVY
  const code = `${FIBONACCI}
    const all = () => { let sum = 0; for (let i = 0; i < ${steps}; i++) sum += fibonacci(${n}); return sum }
    all()
    const start = performance.now()
    all()
    console.log(performance.now() - start)`
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' })
  if (status !== 0) throw new Error('the bare computation does not run')
  return Number(stdout)
}
