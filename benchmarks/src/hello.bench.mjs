import { fileURLToPath } from 'node:url'
import { timeFlowctl, timeNode } from './processes.mjs'

const FLOW = fileURLToPath(new URL('../flows/hello.ts', import.meta.url))

export const hello = {
  about: 'Wall time of `flowctl run` of a flow with two empty steps, against Node starting and doing nothing',
  size: 1,
  smokeSize: 1,
  ratios: { 'flowctl/node': /** @type {const} */ (['flowctlMs', 'nodeMs']) },

  /** @param {string} folder */
  async run(folder) {
    const node = await timeNode(['-e', '0'], folder)
    const flowctl = await timeFlowctl(['run', FLOW, '--quiet', '--datastore', `${folder}/datastore`], folder)
    return { nodeMs: node.ms, flowctlMs: flowctl.ms }
  },
}
