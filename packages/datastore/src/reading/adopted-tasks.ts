import type { TaskRecord } from '@flowctl/core'

/** The task records that a resumed run took over, by step and task id. */
export class AdoptedTasks {
  readonly #read: () => Promise<readonly TaskRecord[] | undefined>
  #bySteps: Promise<ReadonlyMap<string, ReadonlyMap<string, TaskRecord>>> | undefined

  /** @param read gives them when they are first asked for; `undefined` for a run that is not resumed */
  constructor(read: () => Promise<readonly TaskRecord[] | undefined>) {
    this.#read = read
  }

  async task(step: string, id: string): Promise<TaskRecord | undefined> {
    return (await this.#all()).get(step)?.get(id)
  }

  /** Those of a step; `undefined` when there is none. */
  async ofStep(step: string): Promise<Iterable<TaskRecord> | undefined> {
    return (await this.#all()).get(step)?.values()
  }

  async all(): Promise<readonly TaskRecord[]> {
    return [...(await this.#all()).values()].flatMap((ofStep) => [...ofStep.values()])
  }

  #all(): Promise<ReadonlyMap<string, ReadonlyMap<string, TaskRecord>>> {
    this.#bySteps ??= this.#read().then((records) => bySteps(records ?? []))
    return this.#bySteps
  }
}

function bySteps(records: readonly TaskRecord[]): ReadonlyMap<string, ReadonlyMap<string, TaskRecord>> {
  const steps = new Map<string, Map<string, TaskRecord>>()
  for (const record of records) {
    const ofStep = steps.get(record.step) ?? new Map<string, TaskRecord>()
    steps.set(record.step, ofStep.set(record.task, record))
  }
  return steps
}
