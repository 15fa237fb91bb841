import { fileURLToPath } from 'node:url'
import { timeFlowctl, timeNode } from './processes.mjs'

const FLOW = fileURLToPath(new URL('../flows/hello.ts', import.meta.url))

export const hello = {
  about:
    'Wall time of the whole `flowctl run` of a flow of three steps that has run before, against Node starting and doing nothing',
  size: 1,
  smokeSize: 1,
  durability: 'files without fsync',
  ratios: { 'flowctl/node': /** @type {const} */ (['flowctlMs', 'nodeMs']) },
  goals: [
    {
      what: '`flowctl run` of a three-step hello world, whole process',
      text: 'at most 8 x `node -e 0`',
      measure: 'flowctl/node',
      atMost: 8,
    },
  ],

  /** @param {string} folder */
  async run(folder) {
    const node = await timeNode(['-e', '0'], folder)
    const flowctl = await timeFlowctl(['run', FLOW, '--quiet', '--datastore', `${folder}/datastore`], folder)
    return { nodeMs: node.ms, flowctlMs: flowctl.ms }
  },
}
