import {
  advance,
  chainFrom,
  FINISH,
  historyOf,
  nextBatch,
  structureOf,
  taskId,
  type Command,
  type Commit,
  type FlowGraph,
  type History,
  type Job,
  type OpenForeach,
  type Plan,
  type Slice,
  type SlicePlan,
  type StepNode,
  type TakenTransition,
  type TaskRecord,
  type WorkJob,
} from '@flowctl/core'

/** Everything that a run leaves to chance, as functions of a seed: executing a task again gives the same. */
export class Chances {
  readonly #seed: number
  #state: number

  constructor(seed: number) {
    this.#seed = seed
    this.#state = seed
  }

  /** 0 <= result < n, fixed for the text. */
  of(text: string, n: number): number {
    let hash = this.#seed ^ 0x9e3779b9
    for (const char of text) hash = Math.imul(hash ^ char.charCodeAt(0), 0x85ebca6b) ^ (hash >>> 13)
    return (hash >>> 0) % n
  }

  /** 0 <= result < n, another one every time. */
  next(n: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) | 0
    return (this.#state >>> 8) % n
  }
}

/**
 * A run of a graph with everything real but the work: jobs under parents that are counted, commits, batches. `order` holds the tasks
 * as they got their final outcome.
 */
export class ModelRun {
  readonly commits: Commit[] = []
  readonly plans = new Map<string, SlicePlan[]>()
  readonly order: TaskRecord[] = []
  finished = false
  readonly #graph: FlowGraph
  readonly #chances: Chances
  readonly #slots: number
  readonly #jobs = new Map<string, { job: Job; pending: number }>()
  readonly #ready: Job[] = []
  readonly #foreaches = new Map<string, OpenForeach>()

  constructor(graph: FlowGraph, chances: Chances, slots: number) {
    this.#graph = graph
    this.#chances = chances
    this.#slots = slots
  }

  start(plan: Plan): void {
    this.#add(FINISH)
    this.#attach(plan)
    this.#release(FINISH.id)
  }

  /** Executes one ready job, chosen by chance. False when there is none. */
  step(): boolean {
    if (this.#ready.length === 0) return false
    const [job] = this.#ready.splice(this.#chances.next(this.#ready.length), 1)
    if (job === undefined || job.kind === 'finish') {
      this.finished = true
      return this.#ready.length > 0
    }
    const commit = this.#execute(job.slice)
    this.commits.push(commit)
    this.order.push(...commit.tasks)
    const done = { slice: job.slice, commit }
    for (const command of advance({ graph: this.#graph, isStopped: false }, job, done)) this.#carryOut(command, job)
    return true
  }

  /** What a reader of the datastore would know by now. */
  known(adopted: Iterable<TaskRecord> = []): History {
    return historyOf(this.#graph, { commits: this.commits, plans: this.plans, adopted })
  }

  /** Ids of the slices and joins that are on the queue. */
  outstanding(): string[] {
    return [...this.#jobs.keys()].filter((id) => id !== FINISH.id).sort()
  }

  #carryOut(command: Command, job: WorkJob): void {
    switch (command.kind) {
      case 'attach':
        return this.#attach(command.plan)
      case 'continue':
        return this.#attach({ jobs: [command.next], foreaches: [] })
      case 'handOut':
        return this.#hand(command.join.id, 1)
      case 'closeForeach':
        this.#foreaches.delete(command.join.id)
        return
      case 'complete':
        this.#jobs.delete(job.id)
        return this.#release(job.parent)
      case 'stop':
        throw new Error('nothing fails here')
    }
  }

  #add(job: Job): void {
    if (this.#jobs.has(job.id)) throw new Error(`job ${job.id} was added twice`)
    this.#jobs.set(job.id, { job, pending: job.kind === 'slice' ? 0 : 1 })
    if (job.kind === 'slice') this.#ready.push(job)
    if (job.kind === 'finish') return
    const parent = this.#jobs.get(job.parent)
    if (parent === undefined) throw new Error(`the parent ${job.parent} of ${job.id} is not there`)
    parent.pending += 1
  }

  #release(id: string): void {
    const entry = this.#jobs.get(id)
    if (entry === undefined) throw new Error(`${id} is not there`)
    entry.pending -= 1
    if (entry.pending === 0) this.#ready.push(entry.job)
  }

  #attach(plan: Plan): void {
    for (const job of plan.jobs) this.#add(job)
    for (const foreach of plan.foreaches) {
      this.#add(foreach.join)
      this.#foreaches.set(foreach.join.id, foreach)
      this.#hand(foreach.join.id, 1)
    }
    for (const job of plan.jobs) if (job.kind === 'join') this.#release(job.id)
    for (const foreach of plan.foreaches) this.#release(foreach.join.id)
  }

  #hand(id: string, own: number): void {
    const foreach = this.#foreaches.get(id)
    const entry = this.#jobs.get(id)
    if (foreach === undefined || entry === undefined) return
    while (entry.pending - own < this.#slots) {
      const group = foreach.cursor.next()
      if (group === 'done') return
      if (group !== 'low') {
        this.#attach(group)
        continue
      }
      const { batches, packed, count } = foreach.cursor
      const input = { count, batches, slots: this.#slots, bodyMs: this.#chances.next(500) }
      const batch = nextBatch(packed ? input : { ...input, maxSlice: 1 })
      if (batch === undefined) throw new Error('low, but all is planned')
      const at = `${foreach.join.closes.step}/${foreach.join.closes.task}`
      this.plans.set(at, [...(this.plans.get(at) ?? []), batch])
      foreach.cursor.extend(batch)
    }
  }

  #execute(slice: Slice): Commit {
    const { head, key, range, path, turn } = slice
    const tasks: TaskRecord[] = []
    const continuations: Commit['continuations'][number][] = []
    let plan: SlicePlan | undefined
    const { from, to } = range ?? { from: 0, to: 1 }
    const chain = range === undefined ? [slice.entry] : chainFrom(this.#graph, head)
    const name = (): string => `${key}_${continuations.length}`
    for (let index = from; index < to; index += 1) {
      if (index > from && this.#chances.next(6) === 0) {
        const { entry: step, attempt } = slice
        continuations.push({ key: name(), step, from: index, to, attempt, reason: 'time' })
        break
      }
      const task = taskId({ path: range === undefined ? path : [...path, index], turn })
      for (const step of chain.slice(chain.indexOf(slice.entry))) {
        const attempt = step === slice.entry ? slice.attempt : 0
        if (attempt < this.#chances.of(`attempts ${step} ${task}`, 5) - 2) {
          continuations.push({ key: name(), step, from: index, to: index + 1, attempt: attempt + 1, reason: 'retry' })
          break
        }
        const record = this.#record(step, task, attempt)
        tasks.push(record)
        if (record.taken?.kind === 'foreach') plan = this.#firstBatch(record.taken)
      }
    }
    const base = { format: 1, head, key, execution: 'x', host: 'h', tasks, attempts: [], continuations } as const
    return plan === undefined ? base : { ...base, plan }
  }

  #record(step: string, task: string, attempt: number): TaskRecord {
    const taken = this.#taken(this.#graph.steps[step] as StepNode, task)
    return { step, task, attempt, startedAt: 0, endedAt: 0, pid: 1, outcome: 'succeeded', artifacts: {}, taken }
  }

  #taken(step: StepNode, task: string): TakenTransition {
    const { transition } = step
    switch (transition.kind) {
      case 'linear':
        return { kind: 'linear', to: transition.to }
      case 'split':
        return { kind: 'split', to: transition.to }
      case 'foreach':
        return {
          kind: 'foreach',
          to: transition.to,
          count: this.#chances.of(`count ${step.name} ${task}`, 7),
          segments: [],
        }
      case 'switch': {
        // A loop must end: after some turns only the other cases are left.
        const turn = Number(task.split('~')[1] ?? 0)
        const ways = transition.cases.filter((one) => one.to !== step.name || turn < 2)
        const way = ways[this.#chances.of(`case ${step.name} ${task}`, ways.length)]
        return { kind: 'switch', to: way?.to ?? '', value: way?.value ?? '' }
      }
      case 'end':
        return { kind: 'end' }
    }
  }

  #firstBatch(taken: Extract<TakenTransition, { kind: 'foreach' }>): SlicePlan | undefined {
    const packed = structureOf(this.#graph).headOf[taken.to] !== undefined && this.#isPacked(taken.to)
    const input = { count: taken.count, batches: [], slots: this.#slots }
    return nextBatch(packed ? input : { ...input, maxSlice: 1 })
  }

  #isPacked(body: string): boolean {
    return Object.values(structureOf(this.#graph).chainOf).some((chain) => chain[0] === body)
  }
}

/** Checks that a list of outcomes has no task twice and none before what it starts from. */
export function outOfOrder(graph: FlowGraph, order: readonly TaskRecord[]): string | undefined {
  const seen = new Map<string, TaskRecord>()
  for (const record of order) {
    const id = `${record.step}/${record.task}`
    if (seen.has(id)) return `${id} has two outcomes`
    if (record.step !== graph.start && !hasPredecessor(graph, seen, record)) return `${id} ran before its predecessor`
    seen.set(id, record)
  }
  return undefined
}

function hasPredecessor(graph: FlowGraph, seen: ReadonlyMap<string, TaskRecord>, record: TaskRecord): boolean {
  const { splitOf, foreachDepth } = structureOf(graph)
  const split = splitOf[record.step]
  const reaches = (one: TaskRecord): boolean => one.taken?.kind !== 'end' && targetsOf(one).includes(record.step)
  if (split === undefined) {
    const [indices = '', turn = '0'] = record.task.split('~')
    const parent = indices.includes('.') ? indices.slice(0, indices.lastIndexOf('.')) : '0'
    return [...seen.values()].some((one) => {
      if (!reaches(one)) return false
      if (one.taken?.kind === 'foreach') return one.task.split('~')[0] === parent
      if (one.step === record.step) return one.task === (turn === '1' ? indices : `${indices}~${Number(turn) - 1}`)
      return one.task.split('~')[0] === indices && turn === '0'
    })
  }
  const depth = foreachDepth[record.step] as number
  const path = depth === 0 ? '' : `${record.task}.`
  const opened = seen.get(`${split}/${record.task}`)?.taken
  if (opened?.kind === 'foreach') {
    const arrived = [...seen.values()].filter((one) => reaches(one) && one.task.startsWith(path))
    return arrived.length === opened.count
  }
  if (opened?.kind !== 'split') return false
  const arrived = [...seen.values()].filter((one) => reaches(one) && one.task.split('~')[0] === record.task)
  return arrived.length === opened.to.length
}

function targetsOf(record: TaskRecord): readonly string[] {
  const { taken } = record
  if (taken === undefined || taken.kind === 'end') return []
  return taken.kind === 'split' ? taken.to : [taken.to]
}
