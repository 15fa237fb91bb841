import { AsyncLocalStorage } from 'node:async_hooks'
import { findCurrentBy, setCurrent, type CurrentInfo } from '@flowctl/core'
import type { LineBuffer } from './line-buffer.ts'

/** What can end a task from outside its call stack. */
export interface Failure {
  readonly error: unknown
}

/** A slice whose tasks run at once. */
export interface SharedSlice {
  /** What its tasks still do is nobody's any more. */
  over: boolean
}

/** An attempt in this process: whose output, uncaught errors and `current` they are. */
export class RunningTask {
  readonly step: string
  /** Task id. */
  readonly task: string
  readonly attempt: number
  readonly current: CurrentInfo
  /** Absent when it runs alone. */
  readonly slice: SharedSlice | undefined
  ended = false
  /** Made when it first writes something. */
  lines: Readonly<Record<'stdout' | 'stderr', LineBuffer>> | undefined
  failure: Failure | undefined
  /** Set while it is waited for. */
  onFailure: ((failure: Failure) => void) | undefined

  constructor(
    named: { readonly step: string; readonly task: string; readonly attempt: number },
    current: CurrentInfo,
    slice: SharedSlice | undefined,
  ) {
    this.step = named.step
    this.task = named.task
    this.attempt = named.attempt
    this.current = current
    this.slice = slice
  }
}

/**
 * Knows which task the running code belongs to. Of a task that runs alone that is all code; of tasks that run at once, what each has
 * started itself, however long ago: timers, promises, requests. Following it has its price, which tasks that run alone do not pay.
 */
export class RunningTasks {
  #alone: RunningTask | undefined
  #storage: AsyncLocalStorage<RunningTask> | undefined
  readonly #running = new Set<RunningTask>()

  /** The task whose code is running; it may have ended. */
  get here(): RunningTask | undefined {
    return this.#storage?.getStore() ?? this.#alone
  }

  /** Begun and not ended. */
  get running(): ReadonlySet<RunningTask> {
    return this.#running
  }

  /** Runs what a task does, to its end. */
  async run<T>(task: RunningTask, act: () => Promise<T>): Promise<T> {
    this.#running.add(task)
    try {
      if (task.slice !== undefined) return await this.#shared().run(task, act)
      this.#alone = task
      setCurrent(task.current)
      return await act()
    } finally {
      if (this.#alone === task) {
        this.#alone = undefined
        setCurrent(undefined)
      }
      task.ended = true
      this.#running.delete(task)
    }
  }

  #shared(): AsyncLocalStorage<RunningTask> {
    if (this.#storage === undefined) {
      const storage = new AsyncLocalStorage<RunningTask>()
      this.#storage = storage
      findCurrentBy(() => storage.getStore()?.current)
    }
    return this.#storage
  }
}
