import { endOf, type EndRecord, type StepCounts } from '@flowctl/core'
import { RunReader } from '@flowctl/datastore'
import { recordEnd } from '@flowctl/engine'
import type { OpenRun } from '../runs/open-run.ts'
import { canBeTriedAgain } from './planning-failure.ts'

/** Writes how the run ended, if it has: it is stopped, or its end is committed. */
export async function finishRun(work: OpenRun, now: number): Promise<EndRecord | undefined> {
  const { store, graph } = work
  const [ended, stop] = await Promise.all([store.readEnd(), work.stopped(true)])
  if (ended !== undefined) return ended
  const isEndReached = stop === undefined && (await work.reader.task(graph.end, '0'))?.taken?.kind === 'end'
  const ending = endOf(stop, isEndReached)
  if (ending === undefined) return undefined
  return recordEnd(work, { ...ending, at: now, steps: await countsOf(work) })
}

/** Of a run that failed because its records cannot be read, nothing can be counted. */
async function countsOf({ store, graph, adopted }: OpenRun): Promise<Readonly<Record<string, StepCounts>>> {
  try {
    return await new RunReader(store, graph, { adopted, isGoing: true }).counts()
  } catch (error) {
    if (canBeTriedAgain(error)) throw error
    return {}
  }
}
