import { bodiesAtOnce, pathOf, taskId, type FlowGraph, type TaskError } from '@flowctl/core'
import { exitCause, timeoutError } from '../processes/exit-cause.ts'
import type { TaskProcess } from '../processes/task-process.ts'
import type { ExitingAnswer, SliceRequest, StartedAnswer } from '@flowctl/runtime'
import { attemptThatDied, endedAttempt, type EndedAttempt, type FailedAttempt } from './ended-attempt.ts'
import { TaskLogs, type OwnedLine } from './task-logs.ts'
import { TimeLimits } from './time-limits.ts'

/** What came of one execution of a slice. */
export interface ExecutionResult {
  readonly pid: number
  /** Attempts that have ended, in the order of their ends. */
  readonly answers: readonly EndedAttempt[]
  readonly logs: TaskLogs
  /** The first index that was not started, when the process stopped before the end of the range. */
  readonly next?: number
  /** The process died. */
  readonly death?: ProcessDeath
  /** The process can take the next slice. */
  readonly reusable: boolean
}

export interface ProcessDeath {
  readonly error: TaskError
  /** The attempts that it died of, if that is known for certain: several only when several were over their time. */
  readonly suspects: readonly FailedAttempt[]
  /** Of a slice whose tasks ran at once: every attempt that was under way, so what is not among them had not begun. */
  readonly underWay?: readonly StartedAnswer[]
  /** Killed because the run was cancelled: nobody's fault. */
  readonly cancelled: boolean
}

export interface ExecutionWatcher {
  started(answer: StartedAnswer): void
  line(line: OwnedLine): void
  ended(attempt: EndedAttempt): void
}

export interface Execution {
  readonly result: Promise<ExecutionResult>
  /** No further task of the slice starts. */
  drain(): void
  /** Ends the process now. */
  cancel(): void
}

/** Runs a slice on a process that is loaded and opened for the run. `now` is in milliseconds since 1970. */
export function execute(
  process: TaskProcess,
  request: SliceRequest,
  context: { graph: FlowGraph; maxLogBytes: number; now: () => number; watcher: ExecutionWatcher },
): Execution {
  const { graph, watcher } = context
  const answers: EndedAttempt[] = []
  const logs = new TaskLogs(context.maxLogBytes)
  const running = new Map<string, StartedAnswer>()
  const drain = (): void => process.send({ type: 'drain' })
  const limited = { kill: () => process.kill(), drain, ask: () => process.send({ type: 'ask' }) }
  const limits = new TimeLimits(graph, limited, running, context.now)
  let cancelled = false
  let exiting: ExitingAnswer | undefined

  const result = new Promise<ExecutionResult>((resolve) => {
    const done = (rest: Partial<ExecutionResult>): void => {
      limits.close()
      process.listen(undefined)
      logs.close().forEach((line) => watcher.line(line))
      resolve({ pid: process.pid, answers, logs, reusable: false, ...rest })
    }
    process.listen({
      answer(answer) {
        switch (answer.type) {
          case 'started': {
            const key = keyOf(answer)
            running.set(key, answer)
            limits.started(key, answer)
            watcher.started(answer)
            break
          }
          case 'log':
            for (const line of logs.add(answer, answer.stream, answer.at, answer.text))
              watcher.line({ ...answer, ...line })
            break
          case 'task': {
            const key = keyOf(answer)
            running.delete(key)
            limits.ended(key)
            const ended = endedAttempt(graph, answer)
            answers.push(ended)
            watcher.ended(ended)
            break
          }
          case 'alive':
            limits.alive()
            break
          case 'exiting':
            exiting = answer
            break
          case 'idle':
            done({ reusable: answer.leaving !== true, ...(answer.next === undefined ? {} : { next: answer.next }) })
            break
        }
      },
      output(stream, text) {
        // Of several it may be any of them.
        const owner = [...running.values()].at(-1) ?? answers.at(-1)
        if (owner === undefined) return
        const { step, task, attempt } = owner
        logs.addRaw({ step, task, attempt }, stream, context.now(), text).forEach((line) => watcher.line(line))
      },
      exit(exit) {
        const atOnce = request.range !== undefined && bodiesAtOnce(graph, request.head) > 1
        const underWay = atOnce ? { underWay: [...running.values()] } : {}
        const now = context.now()
        if (limits.killed) {
          const suspects = limits.guilty.map((attempt) =>
            attemptThatDied(graph, attempt, timeoutOf(graph, attempt.step), now),
          )
          const error = suspects[0]?.result.error ?? timeoutOf(graph, request.entry)
          return done({ death: { error, suspects, cancelled, ...underWay } })
        }
        const suspect = suspectOf(running, exiting) ?? notHeardOf(request, running, answers, now)
        const certain = request.cautious || exiting !== undefined || isSingle(request)
        const error = exitCause(suspect?.step ?? request.entry, exit)
        const suspects = certain && suspect !== undefined ? [attemptThatDied(graph, suspect, error, now)] : []
        done({ death: { error, suspects, cancelled, ...underWay } })
      },
    })
    process.send(request)
  })

  return {
    result,
    drain,
    cancel() {
      cancelled = true
      process.kill()
    },
  }
}

/** The only attempt under way; of several, the one that called `process.exit`. */
function suspectOf(
  running: ReadonlyMap<string, StartedAnswer>,
  exiting: ExitingAnswer | undefined,
): StartedAnswer | undefined {
  const [only, ...others] = running.values()
  if (others.length === 0) return only
  return exiting?.by === undefined ? undefined : running.get(keyOf(exiting.by))
}

function timeoutOf(graph: FlowGraph, step: string): TaskError {
  return timeoutError(step, graph.steps[step]?.decorators.timeout?.seconds ?? 0)
}

/** Within one slice. */
function keyOf({ step, task }: { readonly step: string; readonly task: string }): string {
  return `${step}/${task}`
}

function isSingle(request: SliceRequest): boolean {
  return request.range === undefined || request.range.to - request.range.from === 1
}

/**
 * The attempt that must have been running when the process died without a word of its start: there is one when nothing
 * has ended yet, or when a single index has not come to the end of its chain.
 */
function notHeardOf(
  request: SliceRequest,
  running: ReadonlyMap<string, StartedAnswer>,
  answers: readonly EndedAttempt[],
  at: number,
): StartedAnswer | undefined {
  if (running.size > 0) return undefined
  const last = answers.at(-1)
  if (last === undefined) {
    const { entry, attempt, turn } = request
    return { type: 'started', step: entry, task: taskId({ path: pathOf(request), turn }), attempt, at }
  }
  const next = last.result.ok ? request.chain[request.chain.indexOf(last.step) + 1] : undefined
  if (next === undefined || !isSingle(request)) return undefined
  return { type: 'started', step: next, task: last.task, attempt: 0, at }
}
