export type { ForeachOpened, RunEnded, RunEvent, TaskEnded, TaskLine, TaskStarted } from './events.ts'
export { HEARTBEAT_MS, startMemoryRun, type GoingRun, type MemoryRunRequest } from './memory/start-memory-run.ts'
export { ProcessPool, type PoolOptions } from './processes/process-pool.ts'
