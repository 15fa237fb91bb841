import type { FlowGraph } from '../graph/model.ts'
import { structureOf } from '../graph/structure.ts'
import { continuationKey, sliceKey } from '../ids/slice-key.ts'
import { taskId } from '../ids/task-id.ts'
import type { Commit, Continuation } from '../records/commit.ts'

/*
 * The words of planning, each with one meaning:
 *
 * - slice: what one job executes and one commit makes real;
 * - packed chain: the steps of a foreach's body, when they follow one another in one pool: a slice takes each index through all of them;
 * - commit: the one object that says what became of a slice;
 * - continuation: a slice that the commit of another slice names;
 * - batch: slices of a foreach that are planned together, before any of them is handed out (I6);
 * - job: the execution of a slice, a join, or the end of a run; it has one parent (I4);
 * - adopt: take over the record of a task from the run that this one resumes.
 */

/** What one job executes and one commit makes real. */
export interface Slice {
  /** The folder of its commit: the first step of its packed chain, or its step. */
  readonly head: string
  /** Its commit's key below `head`. */
  readonly key: string
  /** The step at which it starts; not the head when it goes on inside a chain. */
  readonly entry: string
  /** Indices of the enclosing foreaches; of a range, without the innermost. */
  readonly path: readonly number[]
  /** Indices of the innermost foreach, `to` not included. Absent: one task that is not part of a packed body. */
  readonly range?: { readonly from: number; readonly to: number }
  readonly turn: number
  /** Attempt number of the first step that runs. */
  readonly attempt: number
  readonly notBefore?: number
  /** Why it is a continuation. */
  readonly reason?: Continuation['reason']
  /** The task whose artifacts it starts from; absent for the start step and for joins. */
  readonly after?: TaskRef
}

export interface TaskRef {
  readonly step: string
  /** Task id. */
  readonly task: string
}

/**
 * A job of a run: the execution of a slice, a join, or the run's end. Every job but `finish` has exactly one parent, which
 * starts when nothing under it is left (I4).
 */
export type Job = SliceJob | JoinJob | FinishJob

export interface SliceJob {
  readonly kind: 'slice'
  readonly id: string
  readonly parent: string
  readonly slice: Slice
}

export interface JoinJob {
  readonly kind: 'join'
  readonly id: string
  readonly parent: string
  /** The join's own task. */
  readonly slice: Slice
  /** The task of the split that it closes. */
  readonly closes: TaskRef
}

export interface FinishJob {
  readonly kind: 'finish'
  readonly id: 'finish'
}

/** A job that a worker performs; a coordinator performs `finish`. */
export type WorkJob = SliceJob | JoinJob

export const FINISH: FinishJob = { kind: 'finish', id: 'finish' }

export function sliceJobId(slice: Slice): string {
  return `slice-${slice.head}-${slice.key}`
}

export function joinJobId(join: string, path: readonly number[]): string {
  return `join-${join}-${taskId({ path, turn: 0 })}`
}

/** The job that waits for a task of `step` at `path`: the join of the innermost split that is open there, or `finish`. */
export function parentOf(graph: FlowGraph, step: string, path: readonly number[]): string {
  const structure = structureOf(graph)
  const split = structure.enclosing[step]?.at(-1)
  if (split === undefined) return FINISH.id
  return joinJobId(structure.joinOf[split] as string, path.slice(0, structure.foreachDepth[split] as number))
}

/** A slice of one task. */
export function taskSlice(
  graph: FlowGraph,
  step: string,
  position: { path: readonly number[]; turn: number },
  after: TaskRef | undefined,
): Slice {
  const head = structureOf(graph).headOf[step] as string
  const base = { head, entry: step, turn: position.turn, attempt: 0, ...(after === undefined ? {} : { after }) }
  const packed = isPacked(graph, step)
  const path = packed ? position.path.slice(0, -1) : position.path
  const index = position.path.at(-1) as number
  const range = packed ? { from: index, to: index + 1 } : undefined
  const key = sliceKey(path, range, position.turn)
  return range === undefined ? { ...base, key, path } : { ...base, key, path, range }
}

/** The indices of all foreaches around the first task of a slice. */
export function pathOf({ path, range }: Pick<Slice, 'path' | 'range'>): readonly number[] {
  return range === undefined ? path : [...path, range.from]
}

export function sliceJob(graph: FlowGraph, slice: Slice): SliceJob {
  return { kind: 'slice', id: sliceJobId(slice), parent: parentOf(graph, slice.entry, pathOf(slice)), slice }
}

/** The join that closes what `split` opened at `path` (the path of the split's own task). */
export function joinJob(graph: FlowGraph, split: string, path: readonly number[]): JoinJob {
  const join = structureOf(graph).joinOf[split] as string
  return {
    kind: 'join',
    id: joinJobId(join, path),
    parent: parentOf(graph, join, path),
    slice: taskSlice(graph, join, { path, turn: 0 }, undefined),
    closes: { step: split, task: taskId({ path, turn: 0 }) },
  }
}

/** The slice that a commit of `slice` named as its n-th continuation. */
export function continuationSlice(graph: FlowGraph, slice: Slice, commit: Commit, n: number): Slice {
  const continuation = commit.continuations[n] as Continuation
  const { head, path, turn } = slice
  const after = continuation.step === slice.entry ? slice.after : previousInChain(graph, continuation, path)
  return {
    head,
    key: continuationKey(commit.key, n),
    entry: continuation.step,
    path,
    turn,
    attempt: continuation.attempt,
    reason: continuation.reason,
    ...(slice.range === undefined ? {} : { range: { from: continuation.from, to: continuation.to } }),
    ...(continuation.notBefore === undefined ? {} : { notBefore: continuation.notBefore }),
    ...(after === undefined ? {} : { after }),
  }
}

/** Only a single index can go on inside a chain: after its own task of the step before. */
function previousInChain(graph: FlowGraph, continuation: Continuation, path: readonly number[]): TaskRef {
  const chain = chainFrom(graph, continuation.step)
  const before = chain[chain.indexOf(continuation.step) - 1] as string
  return { step: before, task: taskId({ path: [...path, continuation.from], turn: 0 }) }
}

/** The packed chain that a step is part of; the step alone when it is in none. */
export function chainFrom(graph: FlowGraph, step: string): readonly string[] {
  return chainAround(graph, step) ?? [step]
}

/** Whether the tasks of a step run as ranges of their foreach. */
export function isPacked(graph: FlowGraph, step: string): boolean {
  return chainAround(graph, step) !== undefined
}

/** A foreach has a chain only if that is its whole body. */
function chainAround(graph: FlowGraph, step: string): readonly string[] | undefined {
  const { enclosing, chainOf } = structureOf(graph)
  const innermost = enclosing[step]?.at(-1)
  return innermost === undefined ? undefined : chainOf[innermost]
}
