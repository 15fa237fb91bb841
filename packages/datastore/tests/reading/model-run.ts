import {
  continuationKey,
  isPacked,
  sliceKey,
  structureOf,
  taskId,
  type AttemptRecord,
  type Commit,
  type Continuation,
  type FlowGraph,
  type StepNode,
  type TakenTransition,
  type TaskRecord,
} from '@flowctl/core'

/** What happens in a run that is made up. Random numbers are in [0, 1). */
export interface Story {
  readonly random: () => number
  /** Tasks of a foreach. */
  readonly count: (step: string) => number
  /** Whether tasks are tried again and slices cut short. */
  readonly eventful: boolean
}

export interface ModelTask {
  readonly record: TaskRecord
  readonly path: readonly number[]
  readonly turn: number
  readonly parents: string[]
  readonly children: string[]
  /** Earlier attempts that the commits tell of. */
  readonly earlier: AttemptRecord[]
}

/** Everything that was done in a run, and the commits that tell of it. */
export interface ModelRun {
  /** By `step/task`. */
  readonly tasks: ReadonlyMap<string, ModelTask>
  readonly commits: Commit[]
}

const MOST_TURNS = 5

/** Runs a graph in the mind, then writes its history down as commits: slices, continuations, attempts. */
export function modelRun(graph: FlowGraph, story: Story): ModelRun {
  const tasks = walk(graph, story)
  return { tasks, commits: writeDown(graph, story, tasks) }
}

function walk(graph: FlowGraph, story: Story): Map<string, ModelTask> {
  const structure = structureOf(graph)
  const tasks = new Map<string, ModelTask>()

  /** Runs on from a task to the join that closes the innermost split; gives the tasks that arrive there. */
  function run(step: string, path: readonly number[], turn: number, parents: readonly string[]): readonly string[] {
    const node = graph.steps[step] as StepNode
    const taken = take(node, turn, story)
    const id = taskId({ path, turn })
    const name = `${step}/${id}`
    tasks.set(name, { record: recordOf(step, id, taken), path, turn, parents: [...parents], children: [], earlier: [] })
    for (const parent of parents) tasks.get(parent)?.children.push(name)
    const closed = (arrived: readonly string[]): readonly string[] =>
      run(structure.joinOf[step] as string, path, 0, arrived.length === 0 ? [name] : arrived)
    switch (taken.kind) {
      case 'end':
        return []
      case 'linear':
      case 'switch':
        if (graph.steps[taken.to]?.join === true) return [name]
        return run(taken.to, path, taken.to === step ? turn + 1 : 0, [name])
      case 'split':
        return closed(taken.to.flatMap((to) => run(to, path, 0, [name])))
      case 'foreach':
        return closed(
          Array.from({ length: taken.count }, (_, index) => run(taken.to, [...path, index], 0, [name])).flat(),
        )
    }
  }
  run(graph.start, [], 0, [])
  return tasks
}

function take({ name, transition }: StepNode, turn: number, story: Story): TakenTransition {
  if (transition.kind === 'foreach') {
    return { kind: 'foreach', to: transition.to, count: story.count(name), segments: [] }
  }
  if (transition.kind !== 'switch') return transition
  const cases = transition.cases.filter((one) => turn < MOST_TURNS || one.to !== name)
  const chosen = cases[Math.floor(story.random() * cases.length)] as (typeof cases)[number]
  return { kind: 'switch', to: chosen.to, value: chosen.value }
}

export function recordOf(step: string, task: string, taken?: TakenTransition): TaskRecord {
  return {
    step,
    task,
    attempt: 0,
    startedAt: 1000,
    endedAt: 1001,
    pid: 7,
    outcome: taken === undefined ? 'failed' : 'succeeded',
    artifacts: {},
    ...(taken === undefined ? {} : { taken }),
  }
}

export function commitOf(
  head: string,
  key: string,
  tasks: readonly TaskRecord[],
  rest: { attempts?: readonly AttemptRecord[]; continuations?: readonly Continuation[] } = {},
): Commit {
  return { format: 1, head, key, execution: 'e', host: 'h', tasks, attempts: [], continuations: [], ...rest }
}

function writeDown(graph: FlowGraph, story: Story, tasks: Map<string, ModelTask>): Commit[] {
  const commits: Commit[] = []
  const { chainOf, foreachDepth } = structureOf(graph)
  for (const [name, task] of tasks) {
    const { step, taken } = task.record
    if (!isPacked(graph, step)) single(name, step, taskId(task), 0)
    const chain = chainOf[step]
    if (taken?.kind !== 'foreach' || chain === undefined) continue
    for (let from = 0; from < taken.count;) {
      const to = Math.min(taken.count, from + 1 + Math.floor(story.random() * 6))
      const path = task.path.slice(0, foreachDepth[step])
      slice(chain, path, sliceKey(path, { from, to }), { step: chain[0] as string, from, to, attempt: 0 })
      from = to
    }
  }
  return commits

  /** The commits of a task that is a slice by itself. */
  function single(name: string, head: string, key: string, attempt: number): void {
    const task = tasks.get(name) as ModelTask
    if (!story.eventful || story.random() < 0.7) {
      commits.push(commitOf(head, key, [finished(name, attempt)]))
      return
    }
    const index = task.path.at(-1) ?? 0
    const next = continuationKey(key, 0)
    const left: Continuation = {
      key: next,
      step: head,
      from: index,
      to: index + 1,
      attempt: attempt + 1,
      reason: 'retry',
    }
    commits.push(commitOf(head, key, [], { attempts: [tried(name, attempt)], continuations: [left] }))
    single(name, head, next, attempt + 1)
  }

  /** The commits of a packed slice: some of its indices done, what is left in continuations. */
  function slice(
    chain: readonly string[],
    path: readonly number[],
    key: string,
    part: Pick<Continuation, 'step' | 'from' | 'to' | 'attempt'>,
  ): void {
    const done: TaskRecord[] = []
    const attempts: AttemptRecord[] = []
    const left: Omit<Continuation, 'key'>[] = []
    const steps = chain.slice(chain.indexOf(part.step))
    for (let index = part.from; index < part.to; index += 1) {
      const first = part.step === chain[0] ? 0 : part.attempt
      const nameOf = (step: string): string => `${step}/${taskId({ path: [...path, index], turn: 0 })}`
      if (story.eventful && story.random() < 0.05 && index > part.from) {
        left.push({ step: part.step, from: index, to: part.to, attempt: part.attempt, reason: 'time' })
        break
      }
      const retried = story.eventful && story.random() < 0.15 ? Math.floor(story.random() * steps.length) : steps.length
      for (const [i, step] of steps.slice(0, retried).entries()) {
        done.push(finished(nameOf(step), i === 0 ? Math.max(first, part.attempt) : 0))
      }
      const again = steps[retried]
      if (again === undefined) continue
      const attempt = retried === 0 ? part.attempt : 0
      attempts.push(tried(nameOf(again), attempt))
      left.push({ step: again, from: index, to: index + 1, attempt: attempt + 1, reason: 'retry' })
    }
    const continuations = left.map((one, n) => ({ ...one, key: continuationKey(key, n) }))
    commits.push(commitOf(chain[0] as string, key, done, { attempts, continuations }))
    for (const { key: next, ...rest } of continuations) slice(chain, path, next, rest)
  }

  function finished(name: string, attempt: number): TaskRecord {
    const task = tasks.get(name) as ModelTask
    const record = { ...task.record, attempt }
    tasks.set(name, { ...task, record })
    return record
  }

  function tried(name: string, attempt: number): AttemptRecord {
    const task = tasks.get(name) as ModelTask
    const { step, task: id, startedAt, endedAt, pid } = task.record
    const error = { kind: 'exception' as const, name: 'Error', message: `attempt ${attempt}` }
    const record: AttemptRecord = { step, task: id, attempt, startedAt, endedAt, pid, error }
    task.earlier.push(record)
    return record
  }
}

/** A small generator of random numbers, so that a seed tells a story again. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
