import { writeFileSync } from 'node:fs'
import { timeFlowctl } from './processes.mjs'
import { newestRun } from './recorded.mjs'

export const chain = {
  about:
    'A chain of `size` steps by `flowctl run`, each of which stores a small artifact: from the record of the run to that of its end, divided by `size`. Compiling and starting come before',
  size: 100,
  smokeSize: 20,
  durability: 'files without fsync',
  goals: [
    {
      what: 'chain of 100 steps by `flowctl run`',
      text: 'at most 2 ms a step after start-up',
      measure: 'perStepMs',
      atMost: 2,
    },
  ],

  /**
   * @param {string} folder
   * @param {number} size
   */
  async run(folder, size) {
    const [flow, datastore] = [`${folder}/chain-${size}.ts`, `${folder}/datastore`]
    writeFileSync(flow, chainFlow(size))
    const whole = await timeFlowctl(['run', flow, '--quiet', '--datastore', datastore], folder)
    const { record, end } = await newestRun(datastore, 'ChainFlow')
    return { wholeMs: whole.ms, perStepMs: (end.at - record.createdAt) / size }
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
    const then = next === undefined ? '' : `; this.next(this.${next})`
    return `  @step ${name}() { this.count = ${i + 1}${then} }`
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
