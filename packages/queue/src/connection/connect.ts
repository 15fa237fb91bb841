import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { flowError } from '@flowctl/core'
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import { defineAllowCommand } from '../scripts/attached-lock.ts'
import { defineForeachCommands } from '../scripts/foreach-commands.ts'
import { definePermitCommand } from '../scripts/permit-command.ts'
import { parseRedisUrl, redacted } from './redis-url.ts'

export interface ConnectOptions {
  /** See `parseRedisUrl`. */
  readonly url: string
  /** First part of all keys: several installations can share a Redis. @default 'flowctl' */
  readonly namespace?: string
  /** Shards that runs are spread over. The same everywhere. @default 1 */
  readonly shards?: number
  /** Wait this long for the first answer, in milliseconds. @default 5000 */
  readonly timeoutMs?: number
  /**
   * Give up after the one server of the address has refused for this long, in milliseconds; of several, another may answer.
   * @default 1000
   */
  readonly refusedMs?: number
  /** Told about lost connections and other trouble; the connection mends itself. */
  readonly onError?: (error: Error) => void
}

/** A connection to the Redis that holds the queues. */
export interface Connection {
  readonly redis: Redis | Cluster
  readonly namespace: string
  readonly shards: number
  /** URL without its password. */
  readonly url: string
  readonly onError: (error: Error) => void
  /** A further connection of the same kind, for commands that block. */
  duplicate(): Redis | Cluster
  close(): Promise<void>
}

/** Connects to Redis. Throws REDIS_URL_INVALID, and REDIS_UNREACHABLE once the time is over. */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const { namespace = 'flowctl', shards = 1, timeoutMs = 5000, refusedMs = 1000, onError = () => {} } = options
  const url = redacted(options.url)
  let lastError: Error | undefined
  const isSingle = parseRedisUrl(options.url).kind === 'single'
  const refusals = new AbortController()
  const create = (): Redis | Cluster => {
    const redis = open(options.url)
    redis.on('error', (error: Error) => {
      lastError = error
      if (isSingle && REFUSED.test(reasonOf(error))) refusals.abort()
      onError(error)
    })
    return redis
  }
  const redis = create()
  defineForeachCommands(redis)
  defineAllowCommand(redis)
  definePermitCommand(redis)
  const opened: (Redis | Cluster)[] = [redis]
  const answer = await Promise.race([
    redis.ping().catch((error: Error) => error),
    sleep(timeoutMs, undefined),
    once(refusals.signal, 'abort').then(() => sleep(Math.min(refusedMs, timeoutMs), undefined)),
  ])
  if (answer !== 'PONG') {
    redis.disconnect()
    const cause = answer instanceof Error ? answer : lastError
    const reason = cause === undefined ? `no answer within ${timeoutMs / 1000} s` : reasonOf(cause)
    throw flowError('REDIS_UNREACHABLE', { url, reason }, { cause })
  }
  return {
    redis,
    namespace,
    shards,
    url,
    onError,
    duplicate() {
      const another = create()
      opened.push(another)
      return another
    },
    async close() {
      for (const one of opened) one.disconnect()
    },
  }
}

/** What trying again for long does not change. */
const REFUSED = /\b(?:ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|ENETUNREACH)\b/

function open(url: string): Redis | Cluster {
  const address = parseRedisUrl(url)
  const options: RedisOptions = {
    // BullMQ asks for this: commands wait for the connection to come back, however long it takes.
    maxRetriesPerRequest: null,
    enableReadyCheck: true,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 6), 1000),
    db: address.db,
    ...(address.username === undefined ? {} : { username: address.username }),
    ...(address.password === undefined ? {} : { password: address.password }),
    ...(address.tls ? { tls: {} } : {}),
  }
  const [first = { host: 'localhost', port: 6379 }] = address.nodes
  if (address.kind === 'cluster') {
    return new Cluster([...address.nodes], {
      redisOptions: options,
      clusterRetryStrategy: (times) => Math.min(100 * times, 1000),
      ...(address.tls ? { dnsLookup: (name, done) => done(null, name) } : {}),
    })
  }
  if (address.kind === 'sentinel') {
    return new Redis({
      ...options,
      sentinels: [...address.nodes],
      ...(address.master === undefined ? {} : { name: address.master }),
      ...(address.tls ? { sentinelTLS: {}, enableTLSForSentinelMode: true } : {}),
    })
  }
  return new Redis({ ...options, ...first })
}

function reasonOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException
  return error.message === '' ? (code ?? error.name) : error.message
}
