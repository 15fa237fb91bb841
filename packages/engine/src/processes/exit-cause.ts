import { readFileSync } from 'node:fs'
import { endedBy, flowError, type TaskError } from '@flowctl/core'

/** How a process ended, as far as its parent can see. */
export interface ProcessExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** The last bytes it wrote to stderr: V8 says there that its heap is full. */
  readonly stderrTail: string
  /** The system killed processes for lack of memory while this one lived. */
  readonly systemShortOfMemory: boolean
  /** It was killed because something else than answers came over its answer pipe. */
  readonly garbled: boolean
  /** It said that it was about to call process.exit, and where. */
  readonly exiting?: { readonly code: number; readonly stack: string }
}

/** Why the process of a task ended, in words: out of memory, a signal, process.exit, and a bare exit code are told apart. */
export function exitCause(step: string, exit: ProcessExit): TaskError {
  if (exit.exiting !== undefined) {
    const error = flowError('TASK_EXITED', { step, code: exit.exiting.code })
    return endedBy('exit', error, exit.exiting.stack)
  }
  if (exit.garbled) return endedBy('exit', flowError('TASK_GARBLED', { step }))
  if (/JavaScript heap out of memory|Reached heap limit/.test(exit.stderrTail)) {
    return endedBy('out-of-memory', flowError('TASK_OUT_OF_MEMORY', { step, by: 'heap' }))
  }
  if (exit.signal === 'SIGKILL' && exit.systemShortOfMemory) {
    return endedBy('out-of-memory', flowError('TASK_OUT_OF_MEMORY', { step, by: 'system' }))
  }
  if (exit.signal !== null) return endedBy('signal', flowError('TASK_KILLED', { step, signal: exit.signal }))
  return endedBy('exit', flowError('TASK_DIED', { step, code: exit.code }))
}

export function timeoutError(step: string, seconds: number): TaskError {
  return endedBy('timeout', flowError('TASK_TIMED_OUT', { step, seconds }))
}

/** How many processes the kernel has killed for lack of memory since it started; 0 where that is not to be seen. */
export function systemMemoryKills(): number {
  try {
    return Number(/^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}
