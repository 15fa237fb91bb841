import type { StopRecord } from '@flowctl/core'
import type { RunStore } from '@flowctl/datastore'
import type { RunEvent } from '../events/run-event.ts'

export interface StoppingRun {
  readonly store: Pick<RunStore, 'putStop'>
  readonly emit: (event: RunEvent) => void
}

/**
 * Writes why nothing new starts in a run, and tells those who watch it, unless somebody has stopped it before. `countRunning`: how many slices
 * of it are running; asked when the stop is written.
 */
export async function recordStop(
  { store, emit }: StoppingRun,
  stop: StopRecord,
  countRunning: () => number | Promise<number>,
): Promise<'written' | 'lost'> {
  const written = await store.putStop(stop)
  if (written === 'written') emit({ type: 'stopping', at: stop.at, reason: stop.reason, running: await countRunning() })
  return written
}
