import type { FlowGraph } from '../graph/model.ts'
import { structureOf } from '../graph/structure.ts'
import type { Commit, SlicePlan, TaskRecord } from '../records/commit.ts'

/** What is known to have happened in a run. A plain reading of its datastore; what is not there has not happened. */
export interface History {
  /** The final outcome of a task, from whichever commit holds it, or taken over from the origin of a resumed run. */
  task(step: string, task: string): TaskRecord | undefined
  commit(head: string, key: string): Commit | undefined
  /** The batches of the foreach that the task of `split` opened, in order. */
  batches(split: string, task: string): readonly SlicePlan[]
  /** Whether a task was taken over from the origin of this run. */
  adopted(step: string, task: string): boolean
}

export interface HistoryParts {
  readonly commits?: Iterable<Commit>
  readonly adopted?: Iterable<TaskRecord>
  /** Plan objects, by `split/task`, in order. */
  readonly plans?: ReadonlyMap<string, readonly SlicePlan[]>
}

export function historyOf(graph: FlowGraph, parts: HistoryParts): History {
  const tasks = new Map<string, TaskRecord>()
  const commits = new Map<string, Commit>()
  const adopted = new Set<string>()
  const first = new Map<string, SlicePlan>()
  for (const record of parts.adopted ?? []) {
    tasks.set(`${record.step}/${record.task}`, record)
    adopted.add(`${record.step}/${record.task}`)
  }
  const { headOf } = structureOf(graph)
  for (const commit of parts.commits ?? []) {
    commits.set(`${commit.head}/${commit.key}`, commit)
    for (const record of commit.tasks) tasks.set(`${record.step}/${record.task}`, record)
    const split = commit.tasks.find((record) => record.taken?.kind === 'foreach')
    if (commit.plan !== undefined && split !== undefined && headOf[split.step] !== undefined) {
      first.set(`${split.step}/${split.task}`, commit.plan)
    }
  }
  return {
    task: (step, task) => tasks.get(`${step}/${task}`),
    commit: (head, key) => commits.get(`${head}/${key}`),
    adopted: (step, task) => adopted.has(`${step}/${task}`),
    batches(split, task) {
      const at = `${split}/${task}`
      const opening = first.get(at)
      return [...(opening === undefined ? [] : [opening]), ...(parts.plans?.get(at) ?? [])]
    },
  }
}

/** The history of a run in which nothing has happened. */
export const NOTHING: History = {
  task: () => undefined,
  commit: () => undefined,
  adopted: () => false,
  batches: () => [],
}
