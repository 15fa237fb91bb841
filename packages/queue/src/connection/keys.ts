import type { Connection } from './connect.ts'

type Space = Pick<Connection, 'namespace'>

/** The coordinators' queue of a shard. */
export const CONTROL = 'control'

/** The workers' queue of a pool. */
export const poolQueue = (pool: string): string => `pool-${pool}`

/** What all keys of a shard begin with: one hash tag, so that a Cluster keeps them together. */
export const shardPrefix = ({ namespace }: Space, shard: number): string => `{${namespace}:${shard}}`

export const runName = (flow: string, run: string): string => `${flow}/${run}`

export const queueKey = (prefix: string, queue: string): string => `${prefix}:${queue}`
export const jobKey = (prefix: string, queue: string, id: string): string => `${prefix}:${queue}:${id}`

/** What is known of a wide foreach that is being handed out; `join` is the id of its join's job. */
export const foreachKey = (prefix: string, run: string, join: string): string => `${prefix}:foreach:${run}/${join}`

/** Children of a parent that wait for their time, by that time; `finish` is a parent too. */
export const delayedKey = (prefix: string, run: string, parent: string): string => `${prefix}:delayed:${run}/${parent}`

/** All jobs of a run that wait for their time, as `queue/id`. */
export const sleepersKey = (prefix: string, run: string): string => `${prefix}:sleepers:${run}`

/** Jobs of a run with a limit that are running, by the time until which they may be taken to be. */
export const permitsKey = (prefix: string, run: string): string => `${prefix}:permits:${run}`

/** The run's event stream. */
export const eventsKey = (prefix: string, run: string): string => `${prefix}:events:${run}`

/** Runs that are going, by the time of their last sign of progress. */
export const goingKey = (prefix: string): string => `${prefix}:going`

/** The Redis server that this shard's jobs were last known to be complete on. */
export const serverKey = (prefix: string): string => `${prefix}:server`

/** Workers by id. */
export const workersKey = (space: Space): string => `{${space.namespace}:0}:workers`

/** Channel for orders that reach running code: which run is stopped, and how. */
export const stopChannel = ({ namespace }: Space): string => `${namespace}:stop`
