import { listWorkers } from '@flowctl/queue'
import type { CommandContext } from '../context/context.ts'
import { table } from '../format/table.ts'
import { duration } from '@flowctl/present'
import { programName } from '../context/program-name.ts'
import { printJson, printLines } from './open-pathspec.ts'
import { sharedCompute, withConnection } from './shared-compute.ts'

/** `flowctl workers` */
export async function workersCommand(context: CommandContext, options: { readonly json?: boolean }): Promise<number> {
  const shared = await sharedCompute(context, 'flowctl workers')
  return withConnection(shared, async (connection) => {
    const now = context.now()
    const workers = await listWorkers(connection, now)
    if (options.json === true) return printJson(context, workers)
    if (workers.length === 0) {
      return printLines(context, [`No worker is connected. Start one with: ${programName(context)} worker`])
    }
    const rows = workers.map((one) => [
      one.host,
      String(one.pid),
      one.pools.join(', '),
      `${one.running.length} of ${one.slots}`,
      one.draining ? 'draining' : 'ready',
      duration(now - one.startedAt),
    ])
    return printLines(context, table(['HOST', 'PID', 'POOLS', 'SLOTS IN USE', 'STATE', 'UP FOR'], rows))
  })
}
