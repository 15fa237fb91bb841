import { RecentMap } from '@flowctl/basics'
import { openStore } from '@flowctl/datastore'
import { agreeOnDatastore, connect, type Connection } from '@flowctl/queue'
import type { ObjectStore } from '@flowctl/core'
import type { Logger } from 'pino'
import type { Settings } from '../configuration/settings.ts'
import { startServiceServer, type ServiceServer } from '../http/service-server.ts'
import { ServiceMetrics } from '../http/service-metrics.ts'
import { serviceLog, type LogOutput } from '../logging/service-log.ts'
import type { ReadyMessage } from '../up/part.ts'

/** What a service is given of the world outside. */
export interface ServiceOptions {
  readonly settings: Settings & { readonly redisUrl: string; readonly datastore: string }
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly output: LogOutput
  readonly pid: number
  readonly now: () => number
  /** Calls the listener when the service is to end: SIGTERM, Ctrl-C, or who started it is gone. Returns what ends that. */
  readonly onStop: (listener: (why: string) => void) => () => void
  /** Ends the process at once. */
  readonly exit: (code: number) => void
  /** Tells who started it, if that wants to know. */
  readonly tell: (message: ReadyMessage) => void
}

/** What a service works with. */
export interface ServiceTools {
  readonly log: Logger
  readonly connection: Connection
  readonly objects: ObjectStore
  readonly metrics: ServiceMetrics
  /** For trouble that mends itself: the same thing is said once in a while, not a thousand times. */
  readonly onError: (error: Error) => void
}

/** A service at work. */
export interface Service {
  /** Said in the log when it is ready. */
  readonly facts: Readonly<Record<string, unknown>>
  /** Finishes or hands back its work; resolves when it holds nothing any more. */
  stop(): Promise<void>
}

const SAME_ERROR_MS = 10_000
/** Messages that are remembered. */
const MOST_SAID = 1000
/** How long after its grace a service that was told to stop may still wait for Redis, in milliseconds. */
const LEAVING_MS = 5000

/**
 * Runs a service until it is told to stop: connects, opens the datastore, starts it, serves health and metrics, and lets it end its
 * work. A second order to stop ends it at once; so does a Redis that is gone, some seconds after the grace. Throws REDIS_*,
 * DATASTORE_* and PORT_UNUSABLE before it is ready.
 */
export async function runService(
  name: string,
  options: ServiceOptions,
  start: (tools: ServiceTools) => Promise<Service>,
): Promise<void> {
  const { settings, environment, output, pid, now, onStop, exit, tell } = options
  const { host, port, logLevel: level } = settings
  const log = serviceLog({ service: name, level, output, environment, pid })
  const metrics = new ServiceMetrics(name)
  const onError = errorReporter(log, metrics, now)
  const stopped = whenToStop(onStop, log, exit)
  const connection = await connect({
    url: settings.redisUrl,
    namespace: settings.redisNamespace,
    shards: settings.shards,
    // It may be starting beside this service.
    refusedMs: 5000,
    onError,
  })
  let server: ServiceServer | undefined
  let late: NodeJS.Timeout | undefined
  try {
    const objects = await openStore(settings.datastore, { env: environment, check: 'write' })
    await agreeOnDatastore(connection, objects, name === 'coordinator' ? 'host' : 'guest', now())
    const service = await start({ log, connection, objects, metrics, onError })
    let stopping = false
    const ready = async (): Promise<string | undefined> => {
      if (stopping) return 'stopping'
      await connection.redis.ping()
      return undefined
    }
    server = await startServiceServer({ host, port, ready, metrics: metrics.registry }).catch(
      async (error: unknown) => {
        await service.stop()
        throw error
      },
    )
    log.info({ redis: connection.url, datastore: objects.url, http: server.url, ...service.facts }, 'ready')
    tell({ type: 'ready', url: server.url })
    log.info({ why: await stopped.order }, 'stopping')
    stopping = true
    late = setTimeout(
      () => {
        log.warn('ending without having said so to Redis')
        exit(1)
      },
      settings.grace * 1000 + LEAVING_MS,
    )
    await service.stop()
    log.info('stopped')
  } finally {
    stopped.forget()
    await server?.close()
    await connection.close()
    clearTimeout(late)
  }
}

function whenToStop(
  onStop: ServiceOptions['onStop'],
  log: Logger,
  exit: (code: number) => void,
): { readonly order: Promise<string>; forget(): void } {
  let forget = (): void => {}
  const order = new Promise<string>((resolve) => {
    let ordered = false
    forget = onStop((why) => {
      if (ordered) {
        log.warn({ why }, 'ending at once')
        exit(1)
      }
      ordered = true
      resolve(why)
    })
  })
  return { order, forget: () => forget() }
}

function errorReporter(log: Logger, metrics: ServiceMetrics, now: () => number): (error: Error) => void {
  const said = new RecentMap<string, number>(MOST_SAID)
  return (error) => {
    metrics.errors.inc()
    const { message } = error
    const at = said.get(message)
    if (at !== undefined && now() - at < SAME_ERROR_MS) return
    said.set(message, now())
    log.warn({ error }, 'trouble')
  }
}
