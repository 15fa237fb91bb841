import { taskId } from './task-id.ts'

/**
 * The key of a slice, unique among the slices of its head step.
 *
 * - a single task: its task id (`0`, `3`, `3.17`, `3~1`);
 * - indices 5 to 67 of the foreach at path `[3]`: `3.5-67` (both ends included; outermost: `5-67`);
 * - the n-th continuation that a commit names: that commit's key, then `_n`.
 */
export function sliceKey(path: readonly number[], range: { from: number; to: number } | undefined, turn = 0): string {
  if (range === undefined) return taskId({ path, turn })
  const first = taskId({ path: [...path, range.from], turn: 0 })
  return range.to - range.from === 1 ? first : `${first}-${range.to - 1}`
}

export function continuationKey(commitKey: string, n: number): string {
  return `${commitKey}_${n}`
}

const SLICE_KEY = /^(\d+(?:\.\d+)*)(?:-(\d+))?(?:~(\d+))?((?:_\d+)*)$/

export interface ParsedSliceKey {
  /** All indices of the first task of the slice; `[0]` for a task outside any foreach too. */
  readonly first: readonly number[]
  /** Innermost index, not included, where the slice ends. */
  readonly to: number
  readonly turn: number
  /** `''` for a planned slice, `_0`, `_0_1`, ... for a continuation. */
  readonly continuation: string
}

export function parseSliceKey(key: string): ParsedSliceKey | undefined {
  const match = SLICE_KEY.exec(key)
  if (match === null) return undefined
  const first = (match[1] as string).split('.').map(Number)
  const last = match[2] === undefined ? (first.at(-1) as number) : Number(match[2])
  return { first, to: last + 1, turn: Number(match[3] ?? 0), continuation: match[4] ?? '' }
}
