import { parseTaskId, type TaskPosition, type TaskRecord } from '@flowctl/core'

export function comparePaths(a: readonly number[], b: readonly number[]): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i += 1) {
    const difference = (a[i] as number) - (b[i] as number)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

export function startsWith(path: readonly number[], prefix: readonly number[]): boolean {
  return prefix.every((index, level) => path[level] === index)
}

/** A record with its place among the tasks of its step. */
export interface Placed {
  readonly record: TaskRecord
  readonly position: TaskPosition
}

export function comparePlaced(a: Placed, b: Placed): number {
  return comparePaths(a.position.path, b.position.path) || a.position.turn - b.position.turn
}

/** The records of tasks below `under`, sorted by index; `depth` is the number of foreaches around the step. */
export function placed(records: Iterable<TaskRecord>, depth: number, under: readonly number[]): Placed[] {
  const found: Placed[] = []
  for (const record of records) {
    const position = parseTaskId(record.task, depth)
    if (position !== undefined && startsWith(position.path, under)) found.push({ record, position })
  }
  return found.sort(comparePlaced)
}
