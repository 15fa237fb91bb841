import { RecentMap } from '@flowctl/basics'
import { structureOf, type FlowGraph, type JoinJob, type SlicePlan } from '@flowctl/core'
import type { RunReader, RunStore } from '@flowctl/datastore'

/** Batches that are remembered. */
const KEPT = 1000

/** The planned batches of a run's foreaches, and what this process knows of them: once it is written, a batch never changes. */
export class ForeachBatches {
  readonly #store: RunStore
  readonly #reader: RunReader
  readonly #graph: FlowGraph
  readonly #known = new RecentMap<string, Promise<SlicePlan>>(KEPT)

  constructor(store: RunStore, reader: RunReader, graph: FlowGraph) {
    this.#store = store
    this.#reader = reader
    this.#graph = graph
  }

  /** Writes a batch of slices before any of them is handed out (I6); whoever was first has decided, here or elsewhere. */
  decide({ closes: { step, task } }: JoinJob, n: number, batch: SlicePlan): Promise<SlicePlan> {
    const name = `${step}/${task}/${n}`
    let deciding = this.#known.get(name)
    if (deciding === undefined) {
      deciding = this.#put(step, task, n, batch)
      this.#known.set(name, deciding)
      deciding.catch(() => this.#known.delete(name))
    }
    return deciding
  }

  /** Every batch of the foreach that a join closes, in order. */
  async all({ closes: { step, task } }: JoinJob, count: number): Promise<readonly SlicePlan[]> {
    const head = structureOf(this.#graph).headOf[step] as string
    let first: SlicePlan | undefined
    for (let key: string | undefined = task; key !== undefined && first === undefined;) {
      const outline = await this.#reader.outline(head, key)
      first = outline?.plan
      key = outline?.continuations[0]?.key
    }
    const read = (n: number): Promise<SlicePlan | undefined> =>
      this.#known.get(`${step}/${task}/${n}`) ?? this.#store.readSlicePlan(step, task, n)
    return [...(first === undefined ? [] : [first]), ...(await laterBatches(read, first, count))]
  }

  async #put(split: string, task: string, n: number, batch: SlicePlan): Promise<SlicePlan> {
    if ((await this.#store.putSlicePlan(split, task, n, batch)) === 'written') return batch
    return (await this.#store.readSlicePlan(split, task, n)) as SlicePlan
  }
}

/** The batches after the first, which is that of the split's commit. A foreach that was taken over has none: its batches are numbered from 0. */
export async function laterBatches(
  read: (n: number) => Promise<SlicePlan | undefined>,
  first: SlicePlan | undefined,
  count: number,
): Promise<SlicePlan[]> {
  const from = first === undefined ? 0 : 1
  const batches: SlicePlan[] = []
  // There are some 17 of 100,000 tasks: each time as many are asked for as were found, and one.
  while ((batches.at(-1) ?? first ?? { to: 0 }).to < count) {
    const n = from + batches.length
    const asked = Array.from({ length: batches.length + 1 }, (_, i) => read(n + i))
    for (const batch of await Promise.all(asked)) {
      if (batch === undefined) return batches
      batches.push(batch)
    }
  }
  return batches
}
