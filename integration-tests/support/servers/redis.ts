import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { freePorts } from './free-ports.ts'
import { dockerAnswers } from './docker.ts'
import { missingRedis } from './redis/install.ts'
import { startRedisContainer } from './redis/redis-container.ts'
import { RedisProcess, type RedisServer } from './redis/redis-process.ts'

export { missingRedis } from './redis/install.ts'
export type { RedisServer } from './redis/redis-process.ts'

/** Ends the wait for servers that do not come together. */
const FORM_MS = 5 * 60_000
const SLOTS = 16_384
const GROUP = 'main'

export interface RedisOptions {
  /** Keeps what it is told in a file that is flushed every second. Else a restart begins empty. @default false */
  readonly appendonly?: boolean
  /** Where its data is kept. @default a folder of its own */
  readonly dir?: string
  /** @default a free one */
  readonly port?: number
  /** More options of redis-server, as on its command line. */
  readonly words?: readonly string[]
}

export interface PlainRedis {
  /** With its password, if it has one. */
  readonly url: string
  stop(): Promise<void>
}

export interface RedisCluster {
  readonly nodes: readonly RedisServer[]
  readonly urls: readonly string[]
  stop(): Promise<void>
}

export interface RedisSentinel {
  /** Name of the group of servers that the sentinels watch. */
  readonly group: string
  readonly servers: readonly RedisServer[]
  readonly sentinels: readonly RedisServer[]
  /** The server that the sentinels name as the master now. */
  master(): Promise<RedisServer>
  stop(): Promise<void>
}

/** A Redis server on loopback. It ends with this process, however that ends. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const { appendonly = false, dir, port = await freePorts(), words = [] } = options
  const missing = missingRedis()
  if (missing !== undefined) throw new Error(missing)
  const server = new RedisProcess(port, [...keeping(appendonly), ...words], dir)
  await server.start()
  return server
}

/**
 * A Redis for tests that do nothing to it but use it: in a container where Docker answers, else, or where that cannot be had, a
 * process on loopback.
 */
export async function startPlainRedis({
  appendonly = false,
}: Pick<RedisOptions, 'appendonly'> = {}): Promise<PlainRedis> {
  if (await dockerAnswers()) {
    try {
      return await startRedisContainer(keeping(appendonly))
    } catch (error) {
      process.stderr.write(`Docker answers, but gives no Redis (${(error as Error).message}): redis-server is used\n`)
    }
  }
  return startRedis({ appendonly })
}

/** Three masters that share the slots, no replicas. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const count = 3
  const first = await freePorts(2 * count)
  const ports = Array.from({ length: count }, (_, n) => first + n)
  // The usual port of the bus, 10,000 higher, is often none at all for a free port.
  const busOf = (port: number): number => port + count
  const nodes = await Promise.all(
    ports.map((port) => {
      const cluster = [
        '--cluster-enabled',
        'yes',
        '--cluster-port',
        String(busOf(port)),
        '--cluster-node-timeout',
        '2000',
      ]
      return startRedis({ port, words: cluster })
    }),
  )
  const stop = async (): Promise<void> => void (await Promise.all(nodes.map((node) => node.stop())))
  try {
    for (const [n, { url }] of nodes.entries()) {
      const from = Math.floor((SLOTS * n) / count)
      const to = Math.floor((SLOTS * (n + 1)) / count) - 1
      await withClient(url, async (client) => {
        await client.call('CLUSTER', 'SET-CONFIG-EPOCH', n + 1)
        await client.call('CLUSTER', 'ADDSLOTSRANGE', from, to)
        for (const port of ports.slice(0, n)) await client.call('CLUSTER', 'MEET', '127.0.0.1', port, busOf(port))
      })
    }
    for (const { url } of nodes) {
      await until(url, async (client) => {
        const info = String(await client.call('CLUSTER', 'INFO'))
        return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${count}`)
      })
    }
  } catch (error) {
    await stop()
    throw error
  }
  return { nodes, urls: nodes.map((node) => node.url), stop }
}

/** One master, one replica, and sentinels that let the replica take over when the master has been silent for a second. */
export async function startSentinel({ sentinels: count = 1 } = {}): Promise<RedisSentinel> {
  const started: RedisServer[] = []
  const stop = async (): Promise<void> => void (await Promise.all(started.map((server) => server.stop())))
  try {
    const master = await startRedis()
    started.push(master)
    const following = ['--replicaof', `127.0.0.1 ${master.port}`, '--repl-diskless-sync-delay', '0']
    const replica = await startRedis({ words: following })
    started.push(replica)
    await until(replica.url, async (client) => (await client.info('replication')).includes('master_link_status:up'))
    const sentinels = await Promise.all(Array.from({ length: count }, () => startOneSentinel(master.port, count)))
    started.push(...sentinels)
    for (const { url } of sentinels) {
      await until(url, async (client) => {
        const facts = tableOf(await client.call('SENTINEL', 'MASTER', GROUP))
        return facts.get('num-slaves') === '1' && facts.get('num-other-sentinels') === String(count - 1)
      })
    }
    const servers = [master, replica]
    return { group: GROUP, servers, sentinels, stop, master: () => masterAmong(servers, sentinels) }
  } catch (error) {
    await stop()
    throw error
  }
}

/** It must have a file of settings, which it rewrites as it learns. */
async function startOneSentinel(master: number, count: number): Promise<RedisServer> {
  const port = await freePorts()
  const server = new RedisProcess(port, ['--sentinel'])
  const file = join(server.folder, 'sentinel.conf')
  const settings = [
    `sentinel monitor ${GROUP} 127.0.0.1 ${master} ${Math.floor(count / 2) + 1}`,
    `sentinel down-after-milliseconds ${GROUP} 1000`,
    `sentinel failover-timeout ${GROUP} 5000`,
  ]
  writeFileSync(file, `${settings.join('\n')}\n`)
  server.configure(file)
  await server.start()
  return server
}

async function masterAmong(servers: readonly RedisServer[], sentinels: readonly RedisServer[]): Promise<RedisServer> {
  for (const { url } of sentinels) {
    const at = await withClient(url, (client) => client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', GROUP)).catch(
      () => undefined,
    )
    const port = Array.isArray(at) ? Number(at[1]) : undefined
    const server = servers.find((one) => one.port === port)
    if (server !== undefined) return server
  }
  throw new Error('no sentinel knows a master')
}

function tableOf(list: unknown): Map<string, string> {
  const words = Array.isArray(list) ? list.map(String) : []
  const table = new Map<string, string>()
  for (let n = 0; n + 1 < words.length; n += 2) table.set(words[n] as string, words[n + 1] as string)
  return table
}

async function until(url: string, isSo: (client: Redis) => Promise<boolean>): Promise<void> {
  const giveUp = performance.now() + FORM_MS
  await withClient(url, async (client) => {
    while (!(await isSo(client))) {
      if (performance.now() > giveUp) throw new Error(`the Redis servers do not find each other (${url})`)
      await sleep(50)
    }
  })
}

function keeping(appendonly: boolean): readonly string[] {
  return ['--save', '', '--appendonly', appendonly ? 'yes' : 'no', '--appendfsync', 'everysec']
}

async function withClient<T>(url: string, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url, { maxRetriesPerRequest: 1, connectTimeout: 60_000, commandTimeout: 60_000 })
  client.on('error', () => {})
  try {
    return await use(client)
  } finally {
    client.disconnect()
  }
}
