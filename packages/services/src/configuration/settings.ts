import type { PoolSpec } from '@flowctl/queue'

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** What the services and the commands of shared compute are told, from the configuration file, the environment and options. */
export interface Settings {
  /** See `parseRedisUrl`. @default none: the Redis of an `up` that runs here */
  readonly redisUrl?: string
  /** First part of all keys in Redis: several installations can share one. @default 'flowctl' */
  readonly redisNamespace: string
  /** Shards that runs are spread over; the same for everybody who shares a Redis. @default 1 */
  readonly shards: number
  /** Folder or URL. Relative paths in a configuration file start at the file. @default the nearest `.flowctl` */
  readonly datastore?: string
  /** Address of an S3 server that is not Amazon's. */
  readonly s3Endpoint?: string
  /** All pools there are, with what a slot of each offers. @default one, called `default`, without limits */
  readonly pools: readonly PoolSpec[]
  /** The pools that a worker serves. @default all of them */
  readonly workerPools: readonly string[]
  /** Task processes of a worker. @default the number of cores */
  readonly slots: number
  /** Seconds that a worker that is to end gives running tasks. @default 30 */
  readonly grace: number
  /** @default 'info' */
  readonly logLevel: LogLevel
  /** Address that health and metrics are served at. @default '127.0.0.1' */
  readonly host: string
  /** Port that health and metrics are served at; 0: a free one. @default 0 */
  readonly port: number
}
