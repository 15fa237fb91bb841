import { mapOrdered } from '@flowctl/basics'
import { historyOf, type Commit, type FlowGraph, type History, type SlicePlan, type TaskRecord } from '@flowctl/core'
import type { RunStore } from '@flowctl/datastore'
import { laterBatches } from '@flowctl/engine'

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
  const opened = [...commits.flatMap((commit) => commit.tasks.map((task) => ({ task, plan: commit.plan })))]
  for (const task of adopted) opened.push({ task, plan: undefined })
  for (const { task, plan } of opened) {
    if (task.taken?.kind !== 'foreach') continue
    const { step, task: id, taken } = task
    const read = (n: number): Promise<SlicePlan | undefined> => store.readSlicePlan(step, id, n)
    plans.set(`${step}/${id}`, await laterBatches(read, plan, taken.count))
  }
  return { history: historyOf(graph, { commits, adopted, plans }), commits }
}
