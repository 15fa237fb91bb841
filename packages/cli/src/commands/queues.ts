import { listQueues, listWorkers, slotsByPool, type QueueState } from '@flowctl/queue'
import type { CommandContext } from '../context/context.ts'
import { grouped, duration } from '@flowctl/present'
import { table } from '../format/table.ts'
import { printJson, printLines } from './open-pathspec.ts'
import { sharedCompute, withConnection } from './shared-compute.ts'

/** `flowctl queues` */
export async function queuesCommand(context: CommandContext, options: { readonly json?: boolean }): Promise<number> {
  const shared = await sharedCompute(context, 'flowctl queues')
  return withConnection(shared, async (connection) => {
    const now = context.now()
    const workers = await listWorkers(connection, now)
    const slots = slotsByPool(workers)
    const pools = [...new Set([...shared.settings.pools.map((pool) => pool.name), ...slots.keys()])]
    const queues = await listQueues(connection, pools, now)
    if (options.json === true) {
      return printJson(
        context,
        queues.map((one) => ({ ...one, slots: slots.get(one.queue) ?? (one.queue === 'control' ? undefined : 0) })),
      )
    }
    const many = shared.settings.shards > 1
    const header = ['QUEUE', ...(many ? ['SHARD'] : []), 'WAITING', 'RUNNING', 'DELAYED', 'OPEN', 'NEXT WAITS', 'SLOTS']
    return printLines(
      context,
      table(
        header,
        queues.map((one) => row(one, slots, many)),
      ),
    )
  })
}

function row(state: QueueState, slots: ReadonlyMap<string, number>, many: boolean): string[] {
  const { queue, shard, waiting, active, delayed, parents, nextWaitedMs } = state
  return [
    queue,
    ...(many ? [String(shard)] : []),
    ...[waiting, active, delayed, parents].map(number),
    nextWaitedMs === undefined ? '-' : duration(nextWaitedMs),
    queue === 'control' ? '-' : grouped(slots.get(queue) ?? 0),
  ]
}

function number(n: number): string {
  return n === 0 ? '-' : grouped(n)
}
