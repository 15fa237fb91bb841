import type { StopRecord } from '@flowctl/core'
import type { Connection } from '../connection/connect.ts'
import { stopChannel } from '../connection/keys.ts'

export interface StopSignal {
  readonly flow: string
  readonly run: string
  readonly reason: StopRecord['reason']
}

/** Tells all workers that a run is stopped. Who misses it finds out from the datastore a little later. */
export async function announceStop(connection: Connection, signal: StopSignal): Promise<void> {
  await connection.redis.publish(stopChannel(connection), JSON.stringify(signal))
}

/** Returns what ends the listening. */
export async function listenToStops(connection: Connection, onStop: (signal: StopSignal) => void): Promise<() => void> {
  const redis = connection.duplicate()
  redis.on('message', (_channel: string, text: string) => onStop(JSON.parse(text) as StopSignal))
  await redis.subscribe(stopChannel(connection))
  return () => redis.disconnect()
}
