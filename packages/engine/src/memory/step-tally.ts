import type { FlowGraph, StepCounts, TaskRecord } from '@flowctl/core'

/** Counts final outcomes by step. */
export class StepTally {
  readonly #counts = new Map<string, { -readonly [K in keyof StepCounts]: StepCounts[K] }>()

  constructor(graph: FlowGraph) {
    for (const step of Object.keys(graph.steps)) {
      this.#counts.set(step, { succeeded: 0, caught: 0, failed: 0, adopted: 0 })
    }
  }

  add(record: TaskRecord, adopted: boolean): void {
    const counts = this.#counts.get(record.step)
    if (counts === undefined) return
    counts[record.outcome] += 1
    if (adopted) counts.adopted += 1
  }

  counts(): Readonly<Record<string, StepCounts>> {
    return Object.fromEntries(this.#counts)
  }
}
