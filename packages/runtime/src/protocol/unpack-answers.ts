import type { ArtifactMap, ArtifactRef } from '@flowctl/core'
import type { Answer, DoneTasks, Frame } from './answers.ts'

/** The answers of a frame, one after the other. */
export function eachAnswer(frame: Frame, onAnswer: (answer: Answer) => void): void {
  for (const entry of frame) {
    if (entry.type === 'done') eachDone(entry, onAnswer)
    else onAnswer(entry)
  }
}

function eachDone(
  { steps, shapes, refs: rows, taken: transitions, rows: tasks }: DoneTasks,
  onAnswer: (answer: Answer) => void,
): void {
  const refs = rows.map(([hash, size, type, preview, inline]): ArtifactRef => {
    return inline === undefined ? { hash, size, type, preview } : { hash, size, type, preview, inline }
  })
  for (const row of tasks) {
    const [stepAt, task, attempt, startedAt, endedAt, input, takenAt, shapeAt] = row
    const step = steps[stepAt] as string
    const taken = transitions[takenAt] as DoneTasks['taken'][number]
    const names = shapes[shapeAt] as readonly string[]
    const result = { ok: true, artifacts: artifactsOf(names, row, refs), taken } as const
    if (input === null) {
      onAnswer({ type: 'started', step, task, attempt, at: startedAt })
      onAnswer({ type: 'task', step, task, attempt, startedAt, endedAt, result })
    } else {
      onAnswer({ type: 'started', step, task, attempt, at: startedAt, input })
      onAnswer({ type: 'task', step, task, attempt, startedAt, endedAt, input, result })
    }
  }
}

const FIRST_REF = 8

function artifactsOf(
  names: readonly string[],
  row: DoneTasks['rows'][number],
  refs: readonly ArtifactRef[],
): ArtifactMap {
  const artifacts: Record<string, ArtifactRef> = {}
  for (let n = 0; n < names.length; n += 1) {
    const name = names[n] as string
    const ref = refs[row[FIRST_REF + n] as number] as ArtifactRef
    if (name === '__proto__')
      Object.defineProperty(artifacts, name, { value: ref, enumerable: true, configurable: true, writable: true })
    else artifacts[name] = ref
  }
  return artifacts
}
