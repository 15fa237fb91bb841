import type { FlowGraph } from '@flowctl/core'
import type { TaskEnded, TaskStarted } from '@flowctl/engine'
import { counted, grouped } from '../figures/numbers.ts'
import { duration } from '../figures/time.ts'
import type { RunProgress, StepProgress } from './run-progress.ts'

/** `attempt 2 of 4`; `undefined` for the only attempt there will be. Events count attempts from 0, people from 1. */
export function attemptText(graph: FlowGraph | undefined, step: string, attempt: number): string | undefined {
  const attempts = (graph?.steps[step]?.decorators.retry?.times ?? 0) + 1
  if (attempts === 1 && attempt === 0) return undefined
  return attempt < attempts ? `attempt ${attempt + 1} of ${attempts}` : `attempt ${attempt + 1}`
}

export function startText(graph: FlowGraph | undefined, event: TaskStarted): string {
  const attempt = event.attempt === 0 ? undefined : attemptText(graph, event.step, event.attempt)
  return attempt === undefined ? 'Task is starting.' : `Task is starting (${attempt}).`
}

export function foreachText(count: number): string {
  return count === 0 ? 'Foreach yields no child tasks.' : `Foreach yields ${counted(count, 'child task')}.`
}

/** When an attempt that failed is tried again. */
export function retryText(event: TaskEnded): string {
  const wait = (event.retryAt ?? event.at) - event.at
  return wait < 100 ? 'Task will be tried again.' : `Task will be tried again in ${duration(wait)}.`
}

/** `12 of 1,000 done, 8 running, 2 failed`. */
export function progressText(progress: RunProgress, step: StepProgress): string {
  const total = progress.total(step.step)
  const parts = [total === undefined ? `${grouped(step.done)} done` : `${grouped(step.done)} of ${grouped(total)} done`]
  if (step.running > 0) parts.push(`${grouped(step.running)} running`)
  if (step.waiting > 0) parts.push(`${grouped(step.waiting)} waiting to be tried again`)
  return [...parts, ...outcomes(step)].join(', ')
}

/** `all 1,000 tasks done in 12 s`. */
export function completedText(step: StepProgress, at: number): string {
  const time = step.startedAt === undefined ? '' : ` in ${duration(at - step.startedAt)}`
  const extras = outcomes(step)
  return `all ${counted(step.done, 'task')} done${time}${extras.length === 0 ? '' : ` (${extras.join(', ')})`}`
}

function outcomes(step: StepProgress): string[] {
  const parts: string[] = []
  if (step.reused > 0) parts.push(`${grouped(step.reused)} reused`)
  if (step.caught > 0) parts.push(`${grouped(step.caught)} caught`)
  if (step.failed > 0) parts.push(`${grouped(step.failed)} failed`)
  return parts
}

/** The run takes nothing new on: a task failed, or somebody cancelled it. */
export function stoppingText(reason: 'failed' | 'cancelled', running: number): string {
  const what = reason === 'failed' ? 'Run has failed' : 'Run is cancelled'
  const still = running === 0 ? '' : `, ${counted(running, 'task')} still running`
  return `${what}: nothing new is started${still}.`
}
