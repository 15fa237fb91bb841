import {
  chainFrom,
  continuationKey,
  SLICE_TARGET_MS,
  targets,
  type ArtifactMap,
  type ArtifactRef,
  type AttemptRecord,
  type Commit,
  type Continuation,
  type FlowGraph,
  type LogRef,
  type Slice,
  type SlicePlan,
  type StepDecorators,
  type StepNode,
  type TakenTransition,
  type TaskError,
  type TaskRecord,
} from '@flowctl/core'
import type { StartedAnswer, TaskAnswer } from '@flowctl/runtime'
import type { ExecutionResult, ProcessDeath, Suspect } from './execution.ts'
import { verdict } from './verdict.ts'

export interface CommitContext {
  readonly graph: FlowGraph
  /** Nonce of the execution. */
  readonly execution: string
  readonly host: string
  readonly now: number
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

/** Of what a slice over its time hands back. More would make its commit long. */
const MOST_PARTS = 32

/** A failed attempt, whether its code threw or its process died. */
interface Failure {
  readonly step: string
  readonly task: string
  readonly index: number
  readonly attempt: AttemptRecord
  readonly error: TaskError
  readonly caught?: Extract<TaskAnswer['result'], { ok: false }>['caught']
}

/**
 * What one execution makes of its slice: a final outcome for every task of it, or a continuation that will hold it (I1). Pure.
 * `undefined` when nothing was done and nothing is to be said: a slice that was cancelled before its first task ended.
 */
export function commitOf(slice: Slice, result: ExecutionResult, context: CommitContext): Commit | undefined {
  const { death } = result
  if (death?.cancelled === true && result.answers.length === 0) return undefined
  const draft = new CommitDraft(slice, context)
  for (const answer of draft.inOrder(result.answers)) draft.answer(answer, result.pid)
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
  readonly #from: number
  readonly #to: number
  /** Of all that ended. */
  #startedAt = Number.POSITIVE_INFINITY
  #endedAt = 0
  #plan: SlicePlan | undefined

  constructor(slice: Slice, context: CommitContext) {
    this.#slice = slice
    this.#context = context
    this.#chain = slice.range === undefined ? [slice.entry] : chainFrom(context.graph, slice.head)
    this.#from = slice.range?.from ?? 0
    this.#to = slice.range?.to ?? 1
  }

  /** By index, as if one had been taken after the other; those of one index are in order already. */
  inOrder(answers: readonly TaskAnswer[]): readonly TaskAnswer[] {
    const mixed = answers.some(
      (one, n) => n > 0 && this.#indexOf(one.task) < this.#indexOf((answers[n - 1] as TaskAnswer).task),
    )
    return mixed ? answers.toSorted((a, b) => this.#indexOf(a.task) - this.#indexOf(b.task)) : answers
  }

  answer(answer: TaskAnswer, pid: number): void {
    const { step, task, attempt, startedAt, endedAt, result } = answer
    const record = this.#attempt({ step, task, attempt, startedAt, endedAt, pid })
    this.#startedAt = Math.min(this.#startedAt, startedAt)
    this.#endedAt = Math.max(this.#endedAt, endedAt)
    const index = this.#indexOf(task)
    if (!result.ok) {
      const caught = result.caught === undefined ? {} : { caught: result.caught }
      const tried = answer.input === undefined ? record : { ...record, input: answer.input }
      this.#fail({ step, task, index, attempt: tried, error: result.error, ...caught })
      return
    }
    this.#tasks.push(succeeded(record, result))
    if (result.taken.kind === 'foreach') this.#plan = this.#context.firstBatch(step, result.taken.count)
    if (step === this.#chain.at(-1)) this.#settle(index)
    else this.#reached.set(index, this.#after(step) as string)
  }

  /** The process died: the attempts it died of have failed, if they are known; what follows is run apart. */
  death({ suspects, underWay }: ProcessDeath, pid: number): void {
    const guilty = suspects.filter(({ attempt }) => this.#isNext(attempt))
    for (const suspect of guilty) this.#died(suspect, pid)
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
    const rest = this.#gaps()
    const last = rest.pop()
    if (last === undefined) return
    const parts = reason === 'time' ? this.#worthwhileParts(last.to - last.from) : 2
    for (const { from, to } of [...rest, ...cut(last, parts)])
      this.#continue({ step: entry, from, to, attempt, reason })
  }

  /** Into how many parts to cut so many indices, for each to take about as long as a slice should. */
  #worthwhileParts(indices: number): number {
    const each = (this.#endedAt - this.#startedAt) / Math.max(1, this.#settled.size)
    return Math.min(MOST_PARTS, Math.max(2, Math.ceil((indices * each) / SLICE_TARGET_MS)))
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

  #fail(failure: Failure): void {
    const { step, index, attempt } = failure
    const decorators = this.#node(step).decorators
    const decided = verdict(decorators, attempt.attempt, attempt.endedAt)
    const record = { ...attempt, error: failure.error }
    if (decided.type === 'retry') {
      this.#attempts.push(record)
      const { notBefore } = decided
      this.#continue({ step, from: index, to: index + 1, attempt: attempt.attempt + 1, notBefore, reason: 'retry' })
    } else if (decided.type === 'caught') {
      const left = this.#caught(failure, decorators)
      this.#tasks.push({ ...record, outcome: 'caught', ...left })
      const next = this.#after(step)
      if (next !== undefined) this.#continue({ step: next, from: index, to: index + 1, attempt: 0, reason: 'caught' })
    } else {
      this.#tasks.push({ ...record, outcome: 'failed', artifacts: {} })
    }
    this.#settle(index)
  }

  #caught(failure: Failure, decorators: StepDecorators): Pick<TaskRecord, 'artifacts' | 'dropped' | 'taken'> {
    const inherited = { ...this.#before(failure), taken: staticTransition(this.#node(failure.step)) }
    const left = outcomeOf(failure.caught ?? inherited)
    const name = decorators.catchError?.var
    if (name === undefined) return left
    return { ...left, artifacts: { ...left.artifacts, [name]: this.#context.caught(failure.error) } }
  }

  /** What the task found when it started: what the step before it in the chain left, or what the slice started from. */
  #before({ step, task }: Failure): CommitContext['carried'] {
    const previous = this.#chain[this.#chain.indexOf(step) - 1]
    return this.#tasks.find((record) => record.step === previous && record.task === task) ?? this.#context.carried
  }

  #died({ attempt: started, error }: Suspect, pid: number): void {
    const { step, task, attempt, at, input } = started
    const timing = { startedAt: at, endedAt: this.#context.now, pid }
    const record = this.#attempt({ step, task, attempt, ...timing, ...(input === undefined ? {} : { input }) })
    this.#fail({ step, task, index: this.#indexOf(task), attempt: record, error })
  }

  #alone({ step, task, attempt }: StartedAnswer): void {
    const from = this.#indexOf(task)
    this.#continue({ step, from, to: from + 1, attempt, reason: 'crash' })
    this.#settle(from)
  }

  /** Indices that are not settled, in ranges. */
  #gaps(): { from: number; to: number }[] {
    const gaps: { from: number; to: number }[] = []
    for (let from = this.#from; from < this.#to; from += 1) {
      if (this.#settled.has(from)) continue
      let to = from + 1
      while (to < this.#to && !this.#settled.has(to)) to += 1
      gaps.push({ from, to })
      from = to
    }
    return gaps
  }

  #attempt(attempt: AttemptRecord): AttemptRecord {
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

  #node(step: string): StepNode {
    return this.#context.graph.steps[step] as StepNode
  }
}

/** Field by field: spreading objects costs several times as much, and most tasks come this way. */
function succeeded(
  record: AttemptRecord,
  { artifacts, dropped, taken }: Extract<TaskAnswer['result'], { ok: true }>,
): TaskRecord {
  const { step, task, attempt, startedAt, endedAt, pid, log } = record
  const outcome = 'succeeded'
  const plain = { step, task, attempt, startedAt, endedAt, pid, outcome, artifacts, taken } as const
  if (log === undefined && dropped === undefined) return plain
  return { ...plain, ...(log === undefined ? {} : { log }), ...(dropped === undefined ? {} : { dropped }) }
}

/** In so many parts of about the same size; fewer when there are not as many indices. */
function cut({ from, to }: { from: number; to: number }, parts: number): { from: number; to: number }[] {
  const size = (to - from) / parts
  const borders = Array.from({ length: parts + 1 }, (_, n) => from + Math.ceil(n * size))
  return borders.slice(1).flatMap((end, n) => (end > borders[n]! ? [{ from: borders[n]!, to: end }] : []))
}

function outcomeOf(
  result: Pick<TaskRecord, 'artifacts' | 'dropped'> & { readonly taken: TakenTransition },
): Pick<TaskRecord, 'artifacts' | 'dropped' | 'taken'> {
  const { artifacts, dropped, taken } = result
  return dropped === undefined ? { artifacts, taken } : { artifacts, dropped, taken }
}

/** Where a step goes on when its code did not say: `@catchError` is refused on foreach and switch steps. */
function staticTransition(step: StepNode): TakenTransition {
  const { transition } = step
  if (transition.kind === 'linear') return { kind: 'linear', to: transition.to }
  if (transition.kind === 'split') return { kind: 'split', to: targets(transition) }
  return { kind: 'end' }
}
