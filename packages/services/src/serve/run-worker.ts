import { startWorker, type Measured } from '@flowctl/queue'
import { codeLoader } from '../code/load-code.ts'
import type { ServiceMetrics } from '../http/service-metrics.ts'
import { runService, type ServiceOptions } from './run-service.ts'

export interface WorkerServiceOptions extends ServiceOptions {
  /** URL of the module whose exports flows see as `flowctl`. */
  readonly api: string
  /** The file that a task process is started with; of the same copy of flowctl as `api`. */
  readonly taskProcess: URL
  /** Folder for what can be made again. */
  readonly cacheDir: string
  /** Stands in for the folder of flows that this machine does not have. */
  readonly project: string
}

/**
 * Runs a worker until it is told to stop, then lets running tasks finish within the grace. Throws REDIS_*, DATASTORE_* and
 * PORT_UNUSABLE before it is ready.
 */
export async function runWorker(options: WorkerServiceOptions): Promise<void> {
  await runService('worker', options, async ({ log, connection, objects, metrics, onError }) => {
    const { settings, api, taskProcess, cacheDir, project, now } = options
    const env = taskEnvironment(options.environment)
    const { workerPools: pools, slots, grace } = settings
    const onMeasured = durationsOf(metrics)
    const worker = await startWorker({
      connection,
      objects,
      loadCode: codeLoader({
        objects,
        cacheDir,
        project,
        env,
        onInstall: (flow, packages) => log.info({ flow, packages }, 'installing packages'),
      }),
      api,
      taskProcess,
      env,
      pools,
      slots,
      onError,
      onMeasured,
      now,
    })
    const { counters } = worker
    metrics.counter('flowctl_slices_done_total', 'Slices done', () => counters.slicesDone)
    metrics.counter('flowctl_slices_returned_total', 'Slices given back undone', () => counters.slicesReturned)
    metrics.counter('flowctl_jobs_redelivered_total', 'Jobs taken over from lost workers', () => counters.redelivered)
    metrics.gauge('flowctl_slots', 'Slots of this worker', () => worker.load().slots)
    metrics.gauge('flowctl_slots_busy', 'Slots in use', () => worker.load().busy)
    metrics.gauge('flowctl_task_processes', 'Task processes alive', () => worker.load().processes)
    return {
      facts: { id: worker.id, pools, slots },
      async stop() {
        const { busy } = worker.load()
        if (busy > 0) log.info({ busy, graceSeconds: grace }, 'letting running tasks finish')
        await worker.drain(grace * 1000)
      },
    }
  })
}

function durationsOf(metrics: ServiceMetrics): (what: Measured, ms: number) => void {
  const tell = {
    wait: metrics.durations('flowctl_queue_wait_seconds', 'From when a slice could run until a worker took it'),
    execute: metrics.durations('flowctl_slice_duration_seconds', 'Slices on their task processes'),
    commit: metrics.durations('flowctl_commit_duration_seconds', 'Writing the logs and the commit of a slice'),
  }
  return (what, ms) => tell[what](ms)
}

/** Task processes hold no connection to the queue, so they are not told where it is either. */
function taskEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> {
  const { FLOWCTL_REDIS_URL: _, ...rest } = environment
  return rest
}
