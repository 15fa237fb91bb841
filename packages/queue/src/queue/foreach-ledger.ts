import type { SlicePlan } from '@flowctl/core'
import type { Connection } from '../connection/connect.ts'
import { delayedKey, foreachKey, poolQueue, queueKey, runName } from '../connection/keys.ts'
import type { ForeachCommands, Taken } from '../scripts/foreach-commands.ts'
import type { JobPlace } from './placement.ts'
import { keyOfJob, type QueuedRun } from './queued-run.ts'

const MAX_RANGES = 200
/** BullMQ sorts waiting jobs by their priority times this, plus a counter. */
const PRIORITY_STEP = 2 ** 32
/** A parent's keys outlive the run by this long at most, in seconds, if something keeps them from being removed. */
const FORGOTTEN_S = 7 * 86_400

/** What is handed out of each open foreach, and what is left: kept in Redis beside the join. */
export class ForeachLedger {
  readonly #connection: Connection
  readonly #prefix: string
  readonly #commands: ForeachCommands

  constructor(connection: Connection, prefix: string) {
    this.#connection = connection
    this.#prefix = prefix
    this.#commands = connection.redis as unknown as ForeachCommands
  }

  /** One that is open already stays as it is, unless it is to be handed out anew. */
  async open(run: QueuedRun, join: string, given: ForeachState, isAnew = false): Promise<void> {
    const { count, next, batches } = given
    const key = this.#foreachKey(run, join)
    const text = batches.map(formatBatch).join(',')
    await this.#commands.flowctlForeachOpen(key, `${key}:taken`, count, next, text, isAnew ? '1' : '0')
    await this.#connection.redis.expire(key, FORGOTTEN_S)
  }

  async take(run: QueuedRun, join: JobPlace, taker: string, given: TakeFacts): Promise<Taken> {
    const key = this.#foreachKey(run, join.id)
    const delayed = delayedKey(this.#prefix, runName(run.flow, run.run), join.id)
    const dependencies = `${keyOfJob(this.#prefix, run, join)}:dependencies`
    const { width, slots, pool, now, busyMs, bodies, attached = '', isChild = false, runs = '', goesOn = '' } = given
    const queue = queueKey(this.#prefix, poolQueue(pool))
    const after = `(${(run.placement.priority + 1) * PRIORITY_STEP}`
    const keys = [key, `${key}:taken`, delayed, dependencies, `${queue}:prioritized`, `${queue}:wait`]
    const asks = [attached, isChild ? 1 : 0, runs, goesOn]
    const facts = [taker, width, now, busyMs, bodies, MAX_RANGES, slots, after, ...asks]
    return this.#commands.flowctlForeachTake(...keys, ...facts)
  }

  async extend(run: QueuedRun, join: string, n: number, batch: SlicePlan): Promise<void> {
    await this.#commands.flowctlForeachExtend(this.#foreachKey(run, join), n, formatBatch(batch))
  }

  async close(run: QueuedRun, join: string): Promise<void> {
    const key = this.#foreachKey(run, join)
    await this.#connection.redis.del(key, `${key}:taken`, delayedKey(this.#prefix, runName(run.flow, run.run), join))
  }

  #foreachKey({ flow, run }: QueuedRun, join: string): string {
    return foreachKey(this.#prefix, runName(flow, run), join)
  }
}

export interface ForeachState {
  readonly count: number
  /** The first index that is not handed out. */
  readonly next: number
  readonly batches: readonly SlicePlan[]
}

export interface TakeFacts {
  /** Most slices of the foreach that may be outstanding. */
  readonly width: number
  /** The pool of its body, and the slots of that. */
  readonly pool: string
  readonly slots: number
  readonly now: number
  /** Measured since the last time: milliseconds, and how many bodies took them. */
  readonly busyMs: number
  readonly bodies: number
  /** What the taker took before, as it was told, and has attached or committed. @default nothing */
  readonly attached?: string
  /** What it took and runs itself. @default nothing */
  readonly runs?: string
  /** It goes on: with one slice that it takes `ahead`; if there is room, others may have `more`. @default it is about to complete */
  readonly goesOn?: 'ahead' | 'more'
  /** The taker is a child of the join: once the join does not wait for it any more, it gets nothing. @default false */
  readonly isChild?: boolean
}

const formatBatch = ({ from, to, size }: SlicePlan): string => `${from}-${to}-${size}`

export function parseBatches(text: string): SlicePlan[] {
  return text
    .split(',')
    .filter(Boolean)
    .map((batch) => {
      const [from = 0, to = 0, size = 1] = batch.split('-').map(Number)
      return { from, to, size }
    })
}

export function parseRanges(text: string): { from: number; to: number }[] {
  return text.split(',').map((range) => {
    const [from = 0, to = 0] = range.split('-').map(Number)
    return { from, to }
  })
}
