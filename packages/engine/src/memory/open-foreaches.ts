import {
  bodyTimes,
  type Commit,
  type FlowGraph,
  type JoinJob,
  type OpenForeach,
  type Slice,
  type SlicePlan,
  type TaskRecord,
} from '@flowctl/core'
import { batchAfter } from '../execute/batch-after.ts'
import { BodyClock } from '../execute/body-clock.ts'

export interface ForeachState {
  readonly open: OpenForeach
  /** The task that opened it. */
  readonly record: TaskRecord
  /** Measured: milliseconds, and how many bodies took them. */
  busyMs: number
  bodies: number
  /** Hand-outs happen one after the other. */
  handing: Promise<void>
}

/** The foreaches of a run that are open, by the id of their join's job. */
export class OpenForeaches {
  readonly #graph: FlowGraph
  readonly #open = new Map<string, ForeachState>()
  /** What bodies took lately, by the step that opened their foreach. */
  readonly clock = new BodyClock()

  constructor(graph: FlowGraph) {
    this.#graph = graph
  }

  open(foreach: OpenForeach, record: TaskRecord): void {
    this.#open.set(foreach.join.id, { open: foreach, record, busyMs: 0, bodies: 0, handing: Promise.resolve() })
  }

  get(joinId: string): ForeachState | undefined {
    return this.#open.get(joinId)
  }

  close(join: JoinJob): void {
    this.#open.delete(join.id)
  }

  /** Notes how long the bodies of a slice took. */
  measure(slice: Slice, commit: Commit, parent: string): void {
    const state = this.#open.get(parent)
    if (state === undefined || slice.range === undefined) return
    const { busyMs, bodies } = bodyTimes(this.#graph, slice, commit)
    state.busyMs += busyMs
    state.bodies += bodies
    this.clock.note(state.record.step, { busyMs, bodies })
  }

  /** The batches that are decided of the foreach that a join closes. */
  batchesOf(join: JoinJob): readonly SlicePlan[] {
    return this.#open.get(join.id)?.open.cursor.batches ?? []
  }

  /** The next batch, sized by what the bodies took so far. */
  nextBatch({ open, record, busyMs, bodies }: ForeachState, width: number): SlicePlan | undefined {
    const { count, cursor } = open
    const measured = { busyMs, bodies }
    return batchAfter(this.#graph, record.step, { count, batches: cursor.batches, width, measured, clock: this.clock })
  }
}
