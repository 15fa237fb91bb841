import {
  chainFrom,
  continuationKey,
  isPacked,
  nextBatch,
  structureOf,
  taskId,
  type Commit,
  type Continuation,
  type FlowGraph,
  type Slice,
  type SlicePlan,
  type StepNode,
  type TakenTransition,
  type TaskRecord,
} from '@flowctl/core'
import type { Chances } from '../plan/model-run.ts'

export interface WorkOptions {
  readonly graph: FlowGraph
  readonly chances: Chances
  readonly slots: number
  /** One task in so many fails for good; 0: none. */
  readonly failing: number
}

/** The tasks that a slice would run, were nothing to come between. */
export function tasksOf(graph: FlowGraph, slice: Slice): { step: string; task: string }[] {
  const { path, turn, range } = slice
  if (range === undefined) return [{ step: slice.entry, task: taskId({ path, turn }) }]
  const chain = chainFrom(graph, slice.head)
  const tasks: { step: string; task: string }[] = []
  for (let index = range.from; index < range.to; index += 1) {
    for (const step of chain.slice(chain.indexOf(slice.entry)))
      tasks.push({ step, task: taskId({ path: [...path, index], turn }) })
  }
  return tasks
}

/**
 * What an execution makes of its slice. How a task ends is fixed by the seed; how far an execution comes is not, so two executions of
 * one slice make different commits.
 */
export function execute(options: WorkOptions, slice: Slice, execution: string): Commit {
  const { graph, chances } = options
  const { head, key, range, path, turn } = slice
  const tasks: TaskRecord[] = []
  const continuations: Continuation[] = []
  const goOn = (one: Omit<Continuation, 'key'>): void => {
    continuations.push({ key: continuationKey(key, continuations.length), ...one })
  }
  let plan: SlicePlan | undefined
  const { from, to } = range ?? { from: 0, to: 1 }
  const chain = range === undefined ? [slice.entry] : chainFrom(graph, head)
  for (let index = from; index < to; index += 1) {
    if (index > from && chances.next(6) === 0) {
      goOn({ step: slice.entry, from: index, to, attempt: slice.attempt, reason: 'time' })
      break
    }
    const task = taskId({ path: range === undefined ? path : [...path, index], turn })
    for (const step of chain.slice(chain.indexOf(slice.entry))) {
      const attempt = step === slice.entry ? slice.attempt : 0
      if (attempt < chances.of(`attempts ${step} ${task}`, 6) - 3) {
        goOn({ step, from: index, to: index + 1, attempt: attempt + 1, reason: 'retry' })
        break
      }
      const record = outcome(options, step, task, attempt)
      tasks.push(record)
      if (record.outcome === 'failed') break
      if (record.taken?.kind === 'foreach') plan = firstBatch(options, record.taken)
      const next = chain[chain.indexOf(step) + 1]
      if (record.outcome === 'caught' && next !== undefined) {
        goOn({ step: next, from: index, to: index + 1, attempt: 0, reason: 'caught' })
        break
      }
    }
  }
  return { ...emptyCommit(slice, execution), tasks, continuations, ...(plan === undefined ? {} : { plan }) }
}

/** A slice that has taken down whoever ran it several times: its halves run apart, and a single task counts as having crashed. */
export function divide(slice: Slice, execution: string): Commit {
  const { key, entry: step, attempt } = slice
  const { from, to } = slice.range ?? { from: 0, to: 1 }
  const reason = 'crash'
  const middle = from + Math.ceil((to - from) / 2)
  const parts =
    to - from === 1
      ? [{ step, from, to, attempt: attempt + 1, reason } as const]
      : [{ step, from, to: middle, attempt, reason } as const, { step, from: middle, to, attempt, reason } as const]
  const continuations = parts.map((part, n) => ({ key: continuationKey(key, n), ...part }))
  return { ...emptyCommit(slice, execution), continuations }
}

function emptyCommit({ head, key }: Slice, execution: string): Commit {
  return { format: 1, head, key, execution, host: 'h', tasks: [], attempts: [], continuations: [] }
}

function outcome({ graph, chances, failing }: WorkOptions, step: string, task: string, attempt: number): TaskRecord {
  const base = { step, task, attempt, startedAt: 0, endedAt: 0, pid: 1, artifacts: {} } as const
  if (failing > 0 && chances.of(`fails ${step} ${task}`, failing) === 0) return { ...base, outcome: 'failed' }
  const node = graph.steps[step] as StepNode
  const canBeCaught = node.transition.kind === 'linear' || node.transition.kind === 'split'
  const caught = canBeCaught && chances.of(`caught ${step} ${task}`, 8) === 0
  return { ...base, outcome: caught ? 'caught' : 'succeeded', taken: taken(graph, chances, node, task) }
}

/** Outermost, and inside another foreach. */
const COUNTS = [
  [0, 1, 2, 3, 5, 8, 13, 24],
  [0, 1, 2, 5],
] as const

function taken(graph: FlowGraph, chances: Chances, step: StepNode, task: string): TakenTransition {
  const { transition } = step
  switch (transition.kind) {
    case 'linear':
    case 'split':
    case 'end':
      return transition
    case 'foreach': {
      const counts = COUNTS[structureOf(graph).foreachDepth[step.name] === 0 ? 0 : 1]
      const count = counts[chances.of(`count ${step.name} ${task}`, counts.length)] as number
      return { kind: 'foreach', to: transition.to, count, segments: [] }
    }
    case 'switch': {
      // A loop must end: after some turns only the other cases are left.
      const turn = Number(task.split('~')[1] ?? 0)
      const ways = transition.cases.filter((one) => one.to !== step.name || turn < 2)
      const way = ways[chances.of(`case ${step.name} ${task}`, ways.length)]
      return { kind: 'switch', to: way?.to ?? '', value: way?.value ?? '' }
    }
  }
}

function firstBatch(
  { graph, slots }: WorkOptions,
  { to, count }: { to: string; count: number },
): SlicePlan | undefined {
  return nextBatch({ count, batches: [], slots, ...(isPacked(graph, to) ? {} : { maxSlice: 1 }) })
}
