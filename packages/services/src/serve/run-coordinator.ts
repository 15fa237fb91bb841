import { listQueues, listWorkers, slotsByPool, startCoordinator } from '@flowctl/queue'
import { runService, type ServiceOptions } from './run-service.ts'

/** Runs a coordinator until it is told to stop. Throws REDIS_*, DATASTORE_* and PORT_UNUSABLE before it is ready. */
export async function runCoordinator(options: ServiceOptions): Promise<void> {
  await runService('coordinator', options, async ({ connection, objects, metrics, onError }) => {
    const { settings, now } = options
    const coordinator = await startCoordinator({ connection, objects, onError, now })
    const { counters } = coordinator
    metrics.counter('flowctl_runs_admitted_total', 'Runs admitted', () => counters.admitted)
    metrics.counter('flowctl_runs_finished_total', 'Runs that ended', () => counters.finished)
    metrics.counter(
      'flowctl_runs_recovered_total',
      'Runs whose missing jobs were added again',
      () => counters.recovered,
    )
    metrics.gauges('flowctl_queue_jobs', 'Jobs by queue and state', ['queue', 'state'], async () => {
      const queues = await listQueues(
        connection,
        settings.pools.map((pool) => pool.name),
        now(),
      )
      return queues.flatMap(({ queue, waiting, active, delayed }) =>
        Object.entries({ waiting, active, delayed }).map(([state, value]) => ({ labels: { queue, state }, value })),
      )
    })
    metrics.gauges('flowctl_pool_slots', 'Slots of the connected workers by pool', ['pool'], async () => {
      const slots = slotsByPool(await listWorkers(connection, now()))
      return settings.pools.map(({ name }) => ({ labels: { pool: name }, value: slots.get(name) ?? 0 }))
    })
    return { facts: { shards: settings.shards }, stop: () => coordinator.close() }
  })
}
