import { countWhile } from '@flowctl/basics'
import { parseSliceKey, type TaskPosition } from '@flowctl/core'
import { comparePaths, startsWith } from './task-order.ts'

/** A planned slice and its continuations: the commits of one step's folder that speak of the same tasks. */
export interface PlannedSlice {
  /** All indices of its first task. */
  readonly first: readonly number[]
  /** Innermost index, not included, where it ends. */
  readonly to: number
  readonly turn: number
  /** The planned slice's own key, then those of its continuations that are committed. */
  readonly keys: readonly string[]
}

/** What a listing of one step's commits says, in order of the tasks. Planned slices never overlap. */
export class SliceIndex {
  readonly slices: readonly PlannedSlice[]

  constructor(keys: Iterable<string>) {
    const byPlan = new Map<string, PlannedSlice & { readonly keys: string[] }>()
    for (const key of keys) {
      const parsed = parseSliceKey(key)
      if (parsed === undefined) continue
      const plan = key.slice(0, key.length - parsed.continuation.length)
      const slice = byPlan.get(plan)
      if (slice !== undefined) slice.keys.push(key)
      else byPlan.set(plan, { first: parsed.first, to: parsed.to, turn: parsed.turn, keys: [key] })
    }
    this.slices = [...byPlan.values()].sort((a, b) => comparePaths(a.first, b.first) || a.turn - b.turn)
  }

  /** The slice that holds a task; `path` is empty outside any foreach. */
  find({ path, turn }: TaskPosition): PlannedSlice | undefined {
    const wanted = path.length === 0 ? [0] : path
    // The last slice that starts at or before the task.
    const before = countWhile(this.slices.length, (n) => {
      const { first, turn: its } = this.slices[n] as PlannedSlice
      return (comparePaths(first, wanted) || its - turn) <= 0
    })
    const slice = this.slices[before - 1]
    if (slice === undefined || slice.turn !== turn) return undefined
    const holds = startsWith(slice.first, wanted.slice(0, -1)) && (wanted.at(-1) as number) < slice.to
    return holds && slice.first.length === wanted.length ? slice : undefined
  }

  /** The slices of the tasks below a path of outer indices; all of them for `[]`. */
  under(path: readonly number[]): readonly PlannedSlice[] {
    return path.length === 0 ? this.slices : this.slices.filter((slice) => startsWith(slice.first, path))
  }
}
