import {
  historyOf,
  structureOf,
  taskId,
  type Commit,
  type FlowGraph,
  type History,
  type SlicePlan,
  type TaskRecord,
} from '@flowctl/core'
import { mapOrdered, type RunStore } from '@flowctl/datastore'

const PARALLEL = 32

/** All that the datastore holds of what happened in a run: the commits, what was taken over, the plans of open foreaches. */
export async function readHistory(
  store: RunStore,
  graph: FlowGraph,
  adopted: readonly TaskRecord[],
): Promise<{ history: History; commits: readonly Commit[] }> {
  const commits: Commit[] = []
  const names: { readonly head: string; readonly key: string }[] = []
  for await (const name of store.listAllCommits()) names.push(name)
  const read = mapOrdered(names, PARALLEL, ({ head, key }) => store.readCommit(head, key))
  for await (const commit of read) if (commit !== undefined) commits.push(commit)
  const plans = new Map<string, readonly SlicePlan[]>()
  const opened = [
    ...commits.flatMap((commit) => commit.tasks.map((task) => ({ task, planned: commit.plan !== undefined }))),
  ]
  for (const task of adopted) opened.push({ task, planned: false })
  for (const { task, planned } of opened) {
    if (task.taken?.kind !== 'foreach') continue
    plans.set(`${task.step}/${task.task}`, await laterBatches(store, task.step, task.task, planned ? 1 : 0))
  }
  return { history: historyOf(graph, { commits, adopted, plans }), commits }
}

/** Every batch of the foreach that the task of `split` at `path` opened, in order. */
export async function readBatches(
  store: RunStore,
  graph: FlowGraph,
  split: string,
  path: readonly number[],
): Promise<readonly SlicePlan[]> {
  const head = structureOf(graph).headOf[split] as string
  const task = taskId({ path, turn: 0 })
  let key: string | undefined = task
  let first: SlicePlan | undefined
  while (key !== undefined && first === undefined) {
    const commit: Commit | undefined = await store.readCommit(head, key)
    first = commit?.plan
    key = commit?.continuations[0]?.key
  }
  const later = await laterBatches(store, split, task, first === undefined ? 0 : 1)
  return first === undefined ? later : [first, ...later]
}

/** A foreach that was taken over has no commit here: its batches are all plan objects, from number 0. */
async function laterBatches(store: RunStore, split: string, task: string, from: number): Promise<SlicePlan[]> {
  const batches: SlicePlan[] = []
  // There are some 17 of 100,000 tasks: each time as many are asked for as were found, and one.
  for (let n = from; ; n = from + batches.length) {
    const asked = Array.from({ length: n - from + 1 }, (_, i) => store.readSlicePlan(split, task, n + i))
    for (const batch of await Promise.all(asked)) {
      if (batch === undefined) return batches
      batches.push(batch)
    }
  }
}
