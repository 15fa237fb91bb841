export {
  startCoordinator,
  type CoordinatorOptions,
  type CoordinatorCounters,
  type RunningCoordinator,
} from './coordinator/start-coordinator.ts'
export { agreeOnDatastore, type DatastoreRole } from './live/datastore-mark.ts'
export { followRun, type FollowOptions } from './live/follow-run.ts'
export { listQueues, queuedSteps, type QueuedStep, type QueueState } from './live/queue-view.ts'
export { listWorkers, slotsByPool, type WorkerRecord } from './live/worker-registry.ts'
export { DEFAULT_POOLS, DEFAULT_PRIORITY, placementOf, type PoolSpec } from './plan/placement.ts'
export { connect, type Connection, type ConnectOptions } from './redis/connect.ts'
export { parseRedisUrl, redacted, type RedisAddress } from './redis/redis-url.ts'
export { cancelRun, submitRun, type SubmitRequest } from './submit-run.ts'
export { startWorker } from './worker/start-worker.ts'
export type { CodeWanted, Measured, RunningWorker, WorkerCounters, WorkerOptions } from './worker/worker-options.ts'
