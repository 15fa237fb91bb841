import { historyOf, type Commit, type FlowGraph, type History, type SlicePlan, type TaskRecord } from '@flowctl/core'
import { Broken, type Rules } from './rules.ts'

/** The datastore of one run. Every method is one atomic request. */
export class Datastore {
  readonly order: TaskRecord[] = []
  stop: 'failed' | 'cancelled' | undefined
  end: 'succeeded' | 'failed' | 'cancelled' | undefined
  adopted: readonly TaskRecord[] = []
  readonly #graph: FlowGraph
  readonly #rules: Rules
  readonly #commits = new Map<string, Commit>()
  readonly #plans = new Map<string, Map<number, SlicePlan>>()
  readonly #outcomes = new Set<string>()
  #history: History | undefined

  constructor(graph: FlowGraph, rules: Rules) {
    this.#graph = graph
    this.#rules = rules
  }

  /** The commit that stands. */
  putCommit(commit: Commit): Commit {
    const key = `${commit.head}/${commit.key}`
    const standing = this.#commits.get(key)
    if (standing !== undefined && this.#rules.putIfAbsent) return standing
    if (standing !== undefined) throw new Broken(`the commit ${key} was replaced`)
    for (const record of commit.tasks) {
      const task = `${record.step}/${record.task}`
      if (this.isSettled(record.step, record.task)) throw new Broken(`${task} has two final outcomes`)
      this.#outcomes.add(task)
    }
    this.#commits.set(key, commit)
    this.order.push(...commit.tasks)
    this.#history = undefined
    return commit
  }

  readCommit(head: string, key: string): Commit | undefined {
    return this.#commits.get(`${head}/${key}`)
  }

  commits(): readonly Commit[] {
    return [...this.#commits.values()]
  }

  /** The batch that stands as the n-th. */
  putPlan(split: string, task: string, n: number, batch: SlicePlan): SlicePlan {
    if (!this.#rules.durableBatches) return batch
    const at = `${split}/${task}`
    const plans = this.#plans.get(at) ?? new Map<number, SlicePlan>()
    const standing = plans.get(n)
    if (standing !== undefined) return standing
    this.#plans.set(at, plans.set(n, batch))
    this.#history = undefined
    return batch
  }

  putStop(reason: 'failed' | 'cancelled'): void {
    this.stop ??= reason
  }

  putEnd(status: 'succeeded' | 'failed' | 'cancelled'): void {
    this.end ??= status
  }

  putAdopted(adopted: readonly TaskRecord[]): void {
    this.adopted = adopted
    this.#history = undefined
  }

  /** What a reader finds who lists everything now. */
  history(): History {
    if (this.#history !== undefined) return this.#history
    const plans = new Map([...this.#plans].map(([at, numbered]) => [at, inOrder(numbered)]))
    this.#history = historyOf(this.#graph, { commits: [...this.#commits.values()], plans, adopted: this.adopted })
    return this.#history
  }

  /** What somebody finds who reads only what was taken over. */
  adoptedHistory(): History {
    return historyOf(this.#graph, { adopted: this.adopted })
  }

  hasFailure(): boolean {
    return this.order.some((record) => record.outcome === 'failed')
  }

  isSettled(step: string, task: string): boolean {
    return this.#outcomes.has(`${step}/${task}`)
  }
}

function inOrder(numbered: ReadonlyMap<number, SlicePlan>): SlicePlan[] {
  return [...numbered].sort(([one], [other]) => one - other).map(([, batch]) => batch)
}
