import {
  chainFrom,
  continuationKey,
  stepOf,
  type ArtifactMap,
  type ArtifactRef,
  type AttemptRecord,
  type Commit,
  type Continuation,
  type FlowGraph,
  type LogRef,
  type Slice,
  type SlicePlan,
  type TaskError,
  type TaskRecord,
} from '@flowctl/core'
import type { StartedAnswer } from '@flowctl/runtime'
import { leftByCaught } from './caught-failure.ts'
import type { EndedAttempt, FailedAttempt, SucceededAttempt } from './ended-attempt.ts'
import type { ExecutionResult, ProcessDeath } from './execution.ts'
import { cut, unsettledRanges, worthwhileParts, type Range } from './unsettled-ranges.ts'

export interface CommitContext {
  readonly graph: FlowGraph
  /** Nonce of the execution. */
  readonly execution: string
  readonly host: string
  /** Artifacts that a task had before it ran: kept if it dies and its death is caught. */
  readonly carried: { readonly artifacts: ArtifactMap; readonly dropped?: Readonly<Record<string, string>> }
  /** The error as an artifact for `@catchError({ var })`. */
  readonly caught: (error: TaskError) => ArtifactRef
  readonly logOf: (attempt: { step: string; task: string; attempt: number }) => LogRef | undefined
  /** The first batch of a foreach that a task of this slice opened. */
  readonly firstBatch: (split: string, count: number) => SlicePlan | undefined
  /** Why the rest was handed back, when the process stopped before the end of its range. */
  readonly handBack: 'time' | 'drain'
}

/**
 * What one execution makes of its slice: a final outcome for every task of it, or a continuation that will hold it (I1). Pure.
 * `undefined` when nothing was done and nothing is to be said: a slice that was cancelled before its first task ended.
 */
export function commitOf(slice: Slice, result: ExecutionResult, context: CommitContext): Commit | undefined {
  const { death } = result
  if (death?.cancelled === true && result.answers.length === 0) return undefined
  const draft = new CommitDraft(slice, context)
  for (const attempt of draft.inOrder(result.answers)) draft.ended(attempt, result.pid)
  if (death === undefined) draft.handBack(context.handBack)
  else if (death.cancelled) draft.handBack('drain')
  else draft.death(death, result.pid)
  return draft.commit()
}

class CommitDraft {
  readonly #slice: Slice
  readonly #context: CommitContext
  readonly #chain: readonly string[]
  readonly #tasks: TaskRecord[] = []
  readonly #attempts: AttemptRecord[] = []
  readonly #continuations: Continuation[] = []
  /** Indices that have an outcome or a continuation. */
  readonly #settled = new Set<number>()
  /** Where the other indices go on of which something has been done. */
  readonly #reached = new Map<number, string>()
  readonly #range: Range
  /** Of all that ended. */
  #startedAt = Number.POSITIVE_INFINITY
  #endedAt = 0
  #plan: SlicePlan | undefined

  constructor(slice: Slice, context: CommitContext) {
    this.#slice = slice
    this.#context = context
    this.#chain = slice.range === undefined ? [slice.entry] : chainFrom(context.graph, slice.head)
    this.#range = slice.range ?? { from: 0, to: 1 }
  }

  /** By index, as if one had been taken after the other; those of one index are in order already. */
  inOrder(answers: readonly EndedAttempt[]): readonly EndedAttempt[] {
    const mixed = answers.some(
      (one, n) => n > 0 && this.#indexOf(one.task) < this.#indexOf((answers[n - 1] as EndedAttempt).task),
    )
    return mixed ? answers.toSorted((a, b) => this.#indexOf(a.task) - this.#indexOf(b.task)) : answers
  }

  ended(ended: EndedAttempt, pid: number): void {
    const { step, task, attempt, startedAt, endedAt } = ended
    const record = this.#withLog({ step, task, attempt, startedAt, endedAt, pid })
    this.#startedAt = Math.min(this.#startedAt, startedAt)
    this.#endedAt = Math.max(this.#endedAt, endedAt)
    if (ended.verdict === undefined) this.#succeeded(record, ended)
    else this.#failed(record, ended)
  }

  /** The process died: the attempts it died of have failed, if they are known; what follows is run apart. */
  death({ suspects, underWay }: ProcessDeath, pid: number): void {
    const guilty = suspects.filter((attempt) => this.#isNext(attempt))
    for (const attempt of guilty) this.ended(attempt, pid)
    if (underWay === undefined) return this.handBack('crash')
    // Each of several that may be guilty is run alone, so that it can only blame itself; the others have nothing to do with it.
    if (guilty.length === 0) for (const attempt of underWay) if (this.#isNext(attempt)) this.#alone(attempt)
    this.handBack('beside')
  }

  /**
   * Continuations for all that is not settled. What has begun goes on where it was; the rest is handed back in parts, so that a long
   * one is shared out, and so that the keys of what is handed back again and again stay short.
   */
  handBack(reason: Continuation['reason']): void {
    const { entry, attempt } = this.#slice
    for (const [from, step] of [...this.#reached].toSorted(([a], [b]) => a - b)) {
      this.#continue({ step, from, to: from + 1, attempt: 0, reason })
      this.#settle(from)
    }
    const rest = unsettledRanges(this.#range, this.#settled)
    const last = rest.pop()
    if (last === undefined) return
    const parts = reason === 'time' ? worthwhileParts(last.to - last.from, this.#eachMs()) : 2
    for (const { from, to } of [...rest, ...cut(last, parts)])
      this.#continue({ step: entry, from, to, attempt, reason })
  }

  /** What an index took, on average. */
  #eachMs(): number {
    return (this.#endedAt - this.#startedAt) / Math.max(1, this.#settled.size)
  }

  commit(): Commit {
    const { head, key } = this.#slice
    const { execution, host } = this.#context
    return {
      format: 1,
      head,
      key,
      execution,
      host,
      tasks: this.#tasks,
      attempts: this.#attempts,
      continuations: this.#continuations,
      ...(this.#plan === undefined ? {} : { plan: this.#plan }),
    }
  }

  #succeeded(record: AttemptRecord, { step, task, result }: SucceededAttempt): void {
    this.#tasks.push(succeededTask(record, result))
    if (result.taken.kind === 'foreach') this.#plan = this.#context.firstBatch(step, result.taken.count)
    const index = this.#indexOf(task)
    if (step === this.#chain.at(-1)) this.#settle(index)
    else this.#reached.set(index, this.#after(step) as string)
  }

  #failed(attempted: AttemptRecord, failed: FailedAttempt): void {
    const { step, task, attempt, input, verdict } = failed
    const { error } = failed.result
    const index = this.#indexOf(task)
    const record = { ...attempted, ...(input === undefined ? {} : { input }), error }
    if (verdict.type === 'retry') {
      this.#attempts.push(record)
      const { notBefore } = verdict
      this.#continue({ step, from: index, to: index + 1, attempt: attempt + 1, notBefore, reason: 'retry' })
    } else if (verdict.type === 'caught') {
      const node = stepOf(this.#context.graph, step)
      const caught = node.decorators.catchError?.var === undefined ? undefined : this.#context.caught(error)
      this.#tasks.push({ ...record, outcome: 'caught', ...leftByCaught(failed, node, this.#foundBy(failed), caught) })
      const next = this.#after(step)
      if (next !== undefined) this.#continue({ step: next, from: index, to: index + 1, attempt: 0, reason: 'caught' })
    } else {
      this.#tasks.push({ ...record, outcome: 'failed', artifacts: {} })
    }
    this.#settle(index)
  }

  /** What the task found when it started: what the step before it in the chain left, or what the slice started from. */
  #foundBy({ step, task }: FailedAttempt): CommitContext['carried'] {
    const previous = this.#chain[this.#chain.indexOf(step) - 1]
    return this.#tasks.find((record) => record.step === previous && record.task === task) ?? this.#context.carried
  }

  #alone({ step, task, attempt }: StartedAnswer): void {
    const from = this.#indexOf(task)
    this.#continue({ step, from, to: from + 1, attempt, reason: 'crash' })
    this.#settle(from)
  }

  #withLog(attempt: AttemptRecord): AttemptRecord {
    const log = this.#context.logOf(attempt)
    return log === undefined ? attempt : { ...attempt, log }
  }

  #settle(index: number): void {
    this.#settled.add(index)
    this.#reached.delete(index)
  }

  #continue(continuation: Omit<Continuation, 'key'>): void {
    const key = continuationKey(this.#slice.key, this.#continuations.length)
    this.#continuations.push({ key, ...continuation })
  }

  #after(step: string): string | undefined {
    return this.#chain[this.#chain.indexOf(step) + 1]
  }

  /** Whether a task is where its index goes on. */
  #isNext({ step, task }: { step: string; task: string }): boolean {
    const index = this.#indexOf(task)
    return !this.#settled.has(index) && step === (this.#reached.get(index) ?? this.#slice.entry)
  }

  #indexOf(task: string): number {
    return this.#slice.range === undefined ? 0 : Number(task.slice(task.lastIndexOf('.') + 1))
  }
}

/** Field by field: spreading objects costs several times as much, and most tasks come this way. */
function succeededTask(record: AttemptRecord, { artifacts, dropped, taken }: SucceededAttempt['result']): TaskRecord {
  const { step, task, attempt, startedAt, endedAt, pid, log } = record
  const outcome = 'succeeded'
  const plain = { step, task, attempt, startedAt, endedAt, pid, outcome, artifacts, taken } as const
  if (log === undefined && dropped === undefined) return plain
  return { ...plain, ...(log === undefined ? {} : { log }), ...(dropped === undefined ? {} : { dropped }) }
}
