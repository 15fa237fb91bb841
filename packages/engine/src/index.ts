export type { ForeachOpened, RunEnded, RunEvent, TaskEnded, TaskLine, TaskStarted } from './events.ts'
