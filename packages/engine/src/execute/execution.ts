import { taskId, type FlowGraph, type TaskError } from '@flowctl/core'
import { exitCause, timeoutError } from '../processes/exit-cause.ts'
import type { TaskProcess } from '../processes/task-process.ts'
import type { SliceRequest, StartedAnswer, TaskAnswer } from '../protocol.ts'
import { TaskLogs, type OwnedLine } from './task-logs.ts'

/** What came of one execution of a slice. */
export interface ExecutionResult {
  readonly pid: number
  /** Attempts that have ended, in order. */
  readonly answers: readonly TaskAnswer[]
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
  /** The attempt that it died in, if that is known for certain. */
  readonly suspect?: StartedAnswer
  /** Killed because the run was cancelled: nobody's fault. */
  readonly cancelled: boolean
}

export interface ExecutionWatcher {
  started(answer: StartedAnswer): void
  line(line: OwnedLine): void
  ended(answer: TaskAnswer): void
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
  const answers: TaskAnswer[] = []
  const logs = new TaskLogs(context.maxLogBytes)
  let running: StartedAnswer | undefined
  let timer: NodeJS.Timeout | undefined
  let timedOut: StartedAnswer | undefined
  /** The time was up, but the task had ended before the process was killed for it. */
  let ended = false
  let cancelled = false
  let exiting = false

  const result = new Promise<ExecutionResult>((resolve) => {
    const done = (rest: Partial<ExecutionResult>): void => {
      clearTimeout(timer)
      process.listen(undefined)
      logs.close().forEach((line) => watcher.line(line))
      resolve({ pid: process.pid, answers, logs, reusable: false, ...rest })
    }
    process.listen({
      answer(answer) {
        switch (answer.type) {
          case 'started': {
            running = answer
            const limit = graph.steps[answer.step]?.decorators.timeout?.seconds
            if (limit !== undefined) {
              timer = setTimeout(() => {
                timedOut = answer
                process.kill()
              }, limit * 1000)
            }
            watcher.started(answer)
            break
          }
          case 'log':
            for (const line of logs.add(answer, answer.stream, answer.at, answer.text))
              watcher.line({ ...answer, ...line })
            break
          case 'task':
            clearTimeout(timer)
            running = undefined
            ended = timedOut !== undefined
            answers.push(answer)
            watcher.ended(answer)
            break
          case 'exiting':
            exiting = true
            break
          case 'idle':
            done({ reusable: answer.leaving !== true, ...(answer.next === undefined ? {} : { next: answer.next }) })
            break
        }
      },
      output(stream, text) {
        const owner = running ?? answers.at(-1)
        if (owner === undefined) return
        const { step, task, attempt } = owner
        logs.addRaw({ step, task, attempt }, stream, context.now(), text).forEach((line) => watcher.line(line))
      },
      exit(exit) {
        const died = timedOut ?? running ?? notHeardOf(request, answers, context.now())
        const suspect = ended ? undefined : died
        const certain = request.cautious || exiting || timedOut !== undefined || isSingle(request)
        const step = suspect?.step ?? request.entry
        const seconds = graph.steps[step]?.decorators.timeout?.seconds ?? 0
        const error = timedOut === undefined ? exitCause(step, exit) : timeoutError(step, seconds)
        done({ death: { error, cancelled, ...(certain && suspect !== undefined ? { suspect } : {}) } })
      },
    })
    process.send(request)
  })

  return {
    result,
    drain: () => process.send({ type: 'drain' }),
    cancel() {
      cancelled = true
      process.kill()
    },
  }
}

function isSingle(request: SliceRequest): boolean {
  return request.range === undefined || request.range.to - request.range.from === 1
}

/**
 * The attempt that must have been running when the process died without a word of its start: there is one when nothing
 * has ended yet, or when a single index has not come to the end of its chain.
 */
function notHeardOf(request: SliceRequest, answers: readonly TaskAnswer[], at: number): StartedAnswer | undefined {
  const last = answers.at(-1)
  if (last === undefined) {
    const path = request.range === undefined ? request.path : [...request.path, request.range.from]
    const { entry, attempt, turn } = request
    return { type: 'started', step: entry, task: taskId({ path, turn }), attempt, at }
  }
  const next = last.result.ok ? request.chain[request.chain.indexOf(last.step) + 1] : undefined
  if (next === undefined || !isSingle(request)) return undefined
  return { type: 'started', step: next, task: last.task, attempt: 0, at }
}
