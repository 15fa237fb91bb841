import {
  parseTaskId,
  taskId,
  targets,
  type FlowGraph,
  type GraphStructure,
  type TaskPosition,
  type TaskRecord,
} from '@flowctl/core'
import { mergeSorted } from './ordered.ts'
import { comparePlaced, type Placed } from './task-order.ts'

/** Where the records come from. */
interface Records {
  readonly graph: FlowGraph
  task(step: string, id: string): Promise<TaskRecord | undefined>
  tasks(step: string, under?: readonly number[]): AsyncIterable<TaskRecord>
}

type RelatedTasks = AsyncGenerator<TaskRecord, void, undefined>

export async function* parentsOf(records: Records, structure: GraphStructure, step: string, id: string): RelatedTasks {
  const position = positionOf(structure, step, id)
  if (position === undefined) return
  const { path, turn } = position
  if (turn > 0) {
    const before = await records.task(step, taskId({ path, turn: turn - 1 }))
    if (before !== undefined) yield before
    return
  }
  const split = structure.splitOf[step]
  if (split !== undefined) {
    const opened = await records.task(split, taskId({ path, turn: 0 }))
    if (opened?.taken?.kind === 'foreach' && opened.taken.count === 0) yield opened
    else yield* inputsOf(records, structure, step, id)
    return
  }
  for (const name of structure.predecessors[step] ?? []) {
    const foreach = records.graph.steps[name]?.transition.kind === 'foreach'
    const parent = foreach
      ? await records.task(name, taskId({ path: path.slice(0, -1), turn: 0 }))
      : await lastTurn(records, name, path)
    if (parent === undefined || !leadsTo(parent, step)) continue
    yield parent
    return
  }
}

export async function* childrenOf(records: Records, structure: GraphStructure, step: string, id: string): RelatedTasks {
  const position = positionOf(structure, step, id)
  const taken = position === undefined ? undefined : (await records.task(step, id))?.taken
  if (position === undefined || taken === undefined || taken.kind === 'end') return
  const { path, turn } = position
  if (taken.kind === 'foreach' && taken.count > 0) {
    for await (const child of placedTasks(records, structure, taken.to, path)) {
      if (child.position.turn === 0) yield child.record
    }
    return
  }
  const next = taken.kind === 'foreach' ? structure.joinOf[step] : taken.to
  for (const to of next === undefined ? [] : [next].flat()) {
    const depth = structure.foreachDepth[to] ?? 0
    const child = to === step ? { path, turn: turn + 1 } : { path: path.slice(0, depth), turn: 0 }
    const record = await records.task(to, taskId(child))
    if (record !== undefined) yield record
  }
}

export async function* inputsOf(records: Records, structure: GraphStructure, join: string, id: string): RelatedTasks {
  const position = positionOf(structure, join, id)
  const split = structure.splitOf[join]
  if (position === undefined || split === undefined) return
  const transition = records.graph.steps[split]?.transition
  const lasts = (structure.predecessors[join] ?? []).filter((name) => name !== split)
  if (transition?.kind === 'foreach') {
    const ends = lasts.map((name) => placedTasks(records, structure, name, position.path))
    for await (const { record } of mergeSorted(ends, comparePlaced)) if (leadsTo(record, join)) yield record
  }
  if (transition?.kind === 'split') {
    for (const branch of transition.to) {
      const inBranch = reachable(records.graph, branch, join)
      for (const name of lasts.filter((last) => inBranch.has(last))) {
        const record = await lastTurn(records, name, position.path)
        if (record !== undefined && leadsTo(record, join)) yield record
      }
    }
  }
}

async function* placedTasks(
  records: Records,
  structure: GraphStructure,
  step: string,
  under: readonly number[],
): AsyncGenerator<Placed, void, undefined> {
  for await (const record of records.tasks(step, under)) {
    const position = positionOf(structure, step, record.task)
    if (position !== undefined) yield { record, position }
  }
}

function positionOf(structure: GraphStructure, step: string, id: string): TaskPosition | undefined {
  const depth = structure.foreachDepth[step]
  return depth === undefined ? undefined : parseTaskId(id, depth)
}

function reachable(graph: FlowGraph, from: string, join: string): ReadonlySet<string> {
  const found = new Set([from])
  for (const name of found) {
    const node = name === join ? undefined : graph.steps[name]
    for (const to of node === undefined ? [] : targets(node.transition)) found.add(to)
  }
  return found
}

function leadsTo({ taken }: TaskRecord, step: string): boolean {
  if (taken === undefined || taken.kind === 'end') return false
  return taken.kind === 'split' ? taken.to.includes(step) : taken.to === step
}

/** The last turn of a step at a path: its only task, unless the step loops. Looks at about log2(turns) tasks. */
export async function lastTurn(
  records: Records,
  step: string,
  path: readonly number[],
): Promise<TaskRecord | undefined> {
  const turnOf = (turn: number): Promise<TaskRecord | undefined> => records.task(step, taskId({ path, turn }))
  let last = await turnOf(0)
  if (last === undefined || !leadsTo(last, step)) return last
  let low = 0
  let high = 1
  for (let found = await turnOf(high); found !== undefined; found = await turnOf(high)) {
    last = found
    low = high
    high *= 2
  }
  while (high - low > 1) {
    const middle = (low + high) >> 1
    const found = await turnOf(middle)
    if (found === undefined) high = middle
    else {
      last = found
      low = middle
    }
  }
  return last
}
