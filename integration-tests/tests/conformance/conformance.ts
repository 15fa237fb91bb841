import { expect, it } from 'vitest'
import type { ObjectStore, RunRecord } from '@flowctl/core'
import { ArtifactStore, RunReader, RunStore } from '@flowctl/datastore'
import { conformanceCases, type ConformanceCase } from './cases.ts'

/** Runs a flow to its end on the engine under test. */
export type RunOnEngine = (
  file: string,
  parameters: Readonly<Record<string, string>>,
) => Promise<{ readonly store: ObjectStore; readonly record: RunRecord }>

/** More task processes than this are started for a case only where processes are warm. */
const FEW_TASKS = 20

/** Every case, judged by nothing but what the datastore holds afterwards. `cold`: every task starts a process, so only small cases. */
export function conformance(run: RunOnEngine, cold = false): void {
  const cases = conformanceCases.filter((one) => !cold || tasksOf(one) <= FEW_TASKS)
  it.each(cases)('$name', async (one) => {
    const { store, record } = await run(one.file, one.parameters ?? {})
    await judge(one, store, record, cold)
  })
}

function tasksOf(one: ConformanceCase): number {
  return Object.values(one.counts).reduce((sum, outcomes) => sum + outcomes.reduce((all, n) => all + n, 0), 0)
}

async function judge(one: ConformanceCase, objects: ObjectStore, record: RunRecord, cold: boolean): Promise<void> {
  const store = new RunStore(objects, record.flow, record.run)
  const reader = new RunReader(store, record.graph)
  const end = await store.readEnd()
  if (one.status === 'succeeded') expect(end?.failure?.error).toBeUndefined()
  expect(end?.status).toBe(one.status)
  if (one.failure !== undefined) {
    const { message, ...where } = one.failure
    expect(end?.failure).toMatchObject({ ...where, error: { message } })
    expect(await store.readStop()).toMatchObject({ reason: 'failed', failure: where })
  }

  const pids: number[] = []
  for (const [step, [succeeded, caught, failed]] of Object.entries(one.counts)) {
    const outcomes = { succeeded: 0, caught: 0, failed: 0 }
    const ids = new Set<string>()
    for await (const task of reader.tasks(step)) {
      outcomes[task.outcome] += 1
      ids.add(task.task)
      pids.push(task.pid)
    }
    expect(outcomes, step).toEqual({ succeeded, caught, failed })
    expect(ids.size, `${step}: one final outcome a task`).toBe(succeeded + caught + failed)
    expect(end?.steps[step], `${step}: counted`).toMatchObject(outcomes)
  }

  if (cold) expect(new Set(pids).size, 'every task has a process of its own').toBe(pids.length)

  if (one.end === undefined) return
  const task = await reader.task(record.graph.end, '0')
  const artifacts = new ArtifactStore(objects, record.flow)
  for (const [name, value] of Object.entries(one.end)) {
    const ref = task?.artifacts[name]
    expect(ref, `artifact ${name}`).toBeDefined()
    if (ref !== undefined) expect(await artifacts.load(ref), `artifact ${name}`).toEqual(value)
  }
}
