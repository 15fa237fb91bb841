import type { EndRecord, RunRecord } from '@flowctl/core'
import { RunReader, type RunStore } from '@flowctl/datastore'
import type { OpenRun } from '../runs/open-run.ts'

/** Writes how the run ended, if it has: it is stopped, or its end is committed. */
export async function finishRun(work: OpenRun, now: number): Promise<EndRecord | undefined> {
  const { store, graph, record, adopted } = work
  const [ended, stop, last] = await Promise.all([store.readEnd(), work.stopped(true), work.reader.task(graph.end, '0')])
  if (ended !== undefined) return ended
  if (stop === undefined && last?.taken?.kind !== 'end') return undefined
  const steps = await new RunReader(store, graph, { adopted, isGoing: true }).counts()
  const failure = stop?.failure === undefined ? {} : { failure: stop.failure }
  return putEnd(store, record, { status: stop?.reason ?? 'succeeded', at: now, ...failure, steps })
}

async function putEnd(store: RunStore, record: RunRecord, end: EndRecord): Promise<EndRecord> {
  if ((await store.putEnd(end, record.createdAt)) === 'written') return end
  return (await store.readEnd()) as EndRecord
}
