/** Which task of a step: its foreach indices from the outermost, and its turn when the step loops (0 = the first). */
export interface TaskPosition {
  readonly path: readonly number[]
  readonly turn: number
}

/** `[3, 17]` is `3.17`, `[]` is `0`, and the second turn of a loop at `[3]` is `3~1`. */
export function taskId({ path, turn }: TaskPosition): string {
  const indices = path.length === 0 ? '0' : path.join('.')
  return turn === 0 ? indices : `${indices}~${turn}`
}

const TASK_ID = /^(\d+(?:\.\d+)*)(?:~(\d+))?$/

/**
 * Reads a task id of a step inside `depth` foreaches. Ids of depth 0 and 1 look alike (`0`), so the depth is needed.
 * Returns `undefined` for anything else.
 */
export function parseTaskId(id: string, depth: number): TaskPosition | undefined {
  const match = TASK_ID.exec(id)
  if (match === null) return undefined
  const indices = (match[1] as string).split('.').map(Number)
  const turn = match[2] === undefined ? 0 : Number(match[2])
  if (depth === 0) return match[1] === '0' ? { path: [], turn } : undefined
  return indices.length === depth ? { path: indices, turn } : undefined
}
