export {
  startCoordinator,
  type CoordinatorOptions,
  type CoordinatorCounters,
  type RunningCoordinator,
} from './coordinator/start-coordinator.ts'
export { agreeOnDatastore, type DatastoreRole } from './presence/datastore-pairing.ts'
export { followEvents, type FollowOptions } from './events/follow-events.ts'
export { listQueues, queuedSteps, type QueuedStep, type QueueState } from './inspect/queue-view.ts'
export { listWorkers, slotsByPool, type WorkerRecord } from './presence/worker-registry.ts'
export { DEFAULT_POOLS, DEFAULT_PRIORITY, placementOf, type PoolSpec } from './queue/placement.ts'
export { connect, type Connection, type ConnectOptions } from './connection/connect.ts'
export { parseRedisUrl, redacted, type RedisAddress } from './connection/redis-url.ts'
export { cancelRun, submitRun, type SubmitRequest } from './submit/submit-run.ts'
export { startWorker } from './worker/start-worker.ts'
export type { CodeWanted, Measured, RunningWorker, WorkerCounters, WorkerOptions } from './worker/worker-options.ts'
