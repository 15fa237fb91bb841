import type { ArtifactMap, ArtifactRef, TakenTransition } from '@flowctl/core'
import type { Answer, ArtifactRow, DoneRow, DoneTasks, Frame, StartedAnswer, TaskAnswer } from './answers.ts'

/** A frame in which every task that began and succeeded, and nothing in between, is a row. Order is kept. */
export function packed(answers: readonly Answer[]): Frame {
  const frame: (Answer | DoneTasks)[] = []
  let writer: RowWriter | undefined
  for (let n = 0; n < answers.length; n += 1) {
    const answer = answers[n] as Answer
    const next = answers[n + 1]
    if (isDone(answer, next)) {
      if (writer === undefined) frame.push((writer = new RowWriter()).tasks)
      writer.add(next)
      n += 1
    } else {
      writer = undefined
      frame.push(answer)
    }
  }
  return frame
}

type DoneAnswer = TaskAnswer & { readonly result: { readonly ok: true } }

function isDone(answer: Answer, next: Answer | undefined): next is DoneAnswer {
  if (answer.type !== 'started' || next?.type !== 'task' || !next.result.ok) return false
  return isSame(answer, next) && next.result.dropped === undefined
}

function isSame(started: StartedAnswer, ended: TaskAnswer): boolean {
  return (
    started.task === ended.task &&
    started.step === ended.step &&
    started.attempt === ended.attempt &&
    started.at === ended.startedAt &&
    started.input === ended.input
  )
}

class RowWriter {
  readonly #steps = new Table<string, string>((step) => step)
  readonly #shapes = new Table<string, readonly string[]>((names) => JSON.parse(names) as string[])
  readonly #refs = new Table<ArtifactRef, ArtifactRow>(({ hash, size, type, preview, inline }) =>
    inline === undefined ? [hash, size, type, preview] : [hash, size, type, preview, inline],
  )
  readonly #taken = new Table<TakenTransition, TakenTransition>((taken) => taken)
  readonly #rows: DoneRow[] = []
  readonly tasks: DoneTasks = {
    type: 'done',
    steps: this.#steps.list,
    shapes: this.#shapes.list,
    refs: this.#refs.list,
    taken: this.#taken.list,
    rows: this.#rows,
  }
  /** Those of the task before: as a rule the next one's are alike. */
  #names: readonly string[] = []
  #shape = -1

  add({ step, task, attempt, startedAt, endedAt, input, result }: DoneAnswer): void {
    const { artifacts, taken } = result
    const row: [number, string, number, number, number, string | null, number, number, ...number[]] = [
      this.#steps.at(step),
      task,
      attempt,
      startedAt,
      endedAt,
      input ?? null,
      this.#taken.at(taken),
      this.#shapeOf(artifacts),
    ]
    for (const name of this.#names) row.push(this.#refs.at(artifacts[name] as ArtifactRef))
    this.#rows.push(row)
  }

  #shapeOf(artifacts: ArtifactMap): number {
    const names = Object.keys(artifacts)
    if (this.#shape < 0 || !areSame(names, this.#names)) {
      this.#names = names
      this.#shape = this.#shapes.at(JSON.stringify(names))
    }
    return this.#shape
  }
}

function areSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, n) => name === b[n])
}

/** Things by the order in which they came up. */
class Table<K, T> {
  readonly list: T[] = []
  readonly #index = new Map<K, number>()
  readonly #make: (key: K) => T

  constructor(make: (key: K) => T) {
    this.#make = make
  }

  at(key: K): number {
    let index = this.#index.get(key)
    if (index === undefined) this.#index.set(key, (index = this.list.push(this.#make(key)) - 1))
    return index
  }
}
