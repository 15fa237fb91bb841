import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { timeFlowctl } from './processes.mjs'

const HELLO = fileURLToPath(new URL('../flows/hello.ts', import.meta.url))

export const chain = {
  about: 'Wall time of a chain of `size` steps that count; perStepMs is what a step adds to a run of two steps',
  size: 100,
  smokeSize: 20,

  /**
   * @param {string} folder
   * @param {number} size
   */
  async run(folder, size) {
    const flow = `${folder}/chain-${size}.ts`
    writeFileSync(flow, chainFlow(size))
    const options = ['--quiet', '--datastore', `${folder}/datastore`]
    const short = await timeFlowctl(['run', HELLO, ...options], folder)
    const long = await timeFlowctl(['run', flow, ...options], folder)
    return { twoStepsMs: short.ms, chainMs: long.ms, perStepMs: (long.ms - short.ms) / (size - 2) }
  },
}

/**
 * The source of a flow of `size` steps, each of which changes one artifact.
 *
 * @param {number} size at least 3
 */
export function chainFlow(size) {
  const names = ['start', ...Array.from({ length: size - 2 }, (_, i) => `step${i + 1}`), 'end']
  const steps = names.map((name, i) => {
    const next = names[i + 1]
    const body = next === undefined ? '' : ` this.count = ${i + 1}; this.next(this.${next}) `
    return `  @step ${name}() {${body}}`
  })
  return [
    "import { FlowSpec, step } from 'flowctl'",
    '',
    'export default class ChainFlow extends FlowSpec {',
    '  count = 0',
    ...steps,
    '}',
    '',
  ].join('\n')
}
