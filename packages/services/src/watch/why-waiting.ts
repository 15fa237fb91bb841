import { listQueues, listWorkers, queuedSteps, slotsByPool, type Connection, type QueuedStep } from '@flowctl/queue'
import type { RunRecord } from '@flowctl/core'

/** How a going run stands in the queues. */
export interface LiveRun {
  readonly steps: readonly LiveStep[]
  /** What keeps the run, for people; empty while it goes on. */
  readonly reasons: readonly string[]
}

export interface LiveStep {
  readonly step: string
  /** Slices on workers now, as the workers say. */
  readonly running: number
  /** Slices that could start, were a slot free. */
  readonly waiting: number
  /** Retries whose time has not come. */
  readonly delayed: number
}

/** A coordinator takes a job within milliseconds: one that waited for longer has none, in milliseconds. */
const COORDINATOR_LATE_MS = 2000

/** What of a run runs and waits now, and why. */
export async function liveRun(connection: Connection, record: RunRecord, now: number): Promise<LiveRun> {
  const [queued, workers, queues] = await Promise.all([
    queuedSteps(connection, record),
    listWorkers(connection, now),
    listQueues(connection, [], now),
  ])
  const own = `${record.flow}/${record.run}/`
  const running = new Map<string, number>()
  for (const name of workers.flatMap((worker) => worker.running)) {
    if (!name.startsWith(own)) continue
    const step = name.slice(own.length).split('/')[0] as string
    running.set(step, (running.get(step) ?? 0) + 1)
  }
  const steps = Object.keys(record.graph.steps).flatMap((step): LiveStep[] => {
    const found = queued.find((one) => one.step === step)
    const live = { running: running.get(step) ?? 0, waiting: found?.waiting ?? 0, delayed: found?.delayed ?? 0 }
    return live.running + live.waiting + live.delayed === 0 ? [] : [{ step, ...live }]
  })
  const slots = slotsByPool(workers)
  const reasons = queued.flatMap((one) => reasonsOf(one, slots))
  const control = queues.find(({ shard }) => shard === record.placement?.shard)
  const isLate = control?.nextWaitedMs !== undefined && control.nextWaitedMs > COORDINATOR_LATE_MS
  if (isLate && control.active === 0) {
    reasons.push('No coordinator is taking care of runs: start one with `flowctl coordinator`.')
  }
  return { steps, reasons }
}

function reasonsOf({ step, pool, waiting, trouble }: QueuedStep, slots: ReadonlyMap<string, number>): string[] {
  const reasons = trouble === undefined ? [] : [`Workers cannot run step '${step}' and go on trying: ${trouble}`]
  if (waiting === 0 || (slots.get(pool) ?? 0) > 0) return reasons
  const start = pool === 'default' ? '`flowctl worker`' : `\`flowctl worker --pools ${pool}\``
  return [
    ...reasons,
    `Step '${step}' waits for pool ${pool}, which no connected worker serves: start one with ${start}.`,
  ]
}
