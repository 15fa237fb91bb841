import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Cluster, Redis } from 'ioredis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { dockerAnswers } from '@flowctl/test-support/servers/docker'
import {
  missingRedis,
  startPlainRedis,
  startRedis,
  startRedisCluster,
  startSentinel,
} from '@flowctl/test-support/servers/redis'
import { isAlive } from '@flowctl/test-support/is-alive'

const TREE = fileURLToPath(new URL('../../..', import.meta.url))

function clientOf(url: string): Redis {
  const client = new Redis(url)
  client.on('error', () => {})
  onTestFinished(() => client.disconnect())
  return client
}

const hasDocker = await dockerAnswers()

describe.skipIf(missingRedis() !== undefined)('a Redis server', () => {
  it('keeps what was flushed through a kill, and says that it is another one', async () => {
    const server = await startRedis({ appendonly: true })
    onTestFinished(() => server.stop())
    const client = clientOf(server.url)
    await client.set('word', 'kept')
    const before = /run_id:(\w+)/.exec(await client.info('server'))?.[1]
    await sleep(1500)
    const { pid } = server
    await server.restart()
    expect(isAlive(pid)).toBe(false)
    expect(server.pid).not.toBe(pid)
    expect(await client.get('word')).toBe('kept')
    expect(/run_id:(\w+)/.exec(await client.info('server'))?.[1]).not.toBe(before)
    await server.restart({ empty: true })
    expect(await client.get('word')).toBeNull()
  })

  it('begins empty after a restart when it keeps nothing', async () => {
    const server = await startRedis()
    onTestFinished(() => server.stop())
    const client = clientOf(server.url)
    await client.set('word', 'lost')
    await server.kill9()
    await server.restart()
    expect(await client.get('word')).toBeNull()
  })

  it('answers nothing while it is frozen', async () => {
    const server = await startRedis()
    onTestFinished(() => server.stop())
    const client = clientOf(server.url)
    await client.ping()
    server.freeze()
    const answer = client.ping()
    expect(await Promise.race([answer, sleep(200, 'silence')])).toBe('silence')
    server.thaw()
    expect(await answer).toBe('PONG')
  })

  it('ends with the process that started it, even when that is killed', async () => {
    const module = new URL('../../support/servers/redis.ts', import.meta.url).href
    const script = `import(${JSON.stringify(module)}).then(async ({ startRedis }) => {
      console.log((await startRedis()).pid)
      setInterval(() => {}, 1000)
    })`
    const words = ['--conditions=@flowctl/source', '--import', 'tsx', '--input-type=module', '-e', script]
    const child = spawn(process.execPath, words, { cwd: TREE, stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const pid = Number(line.toString())
    expect(isAlive(pid)).toBe(true)
    child.kill('SIGKILL')
    await expect.poll(() => isAlive(pid)).toBe(false)
  })
})

describe.skipIf(missingRedis() !== undefined)('a Redis that is only used', () => {
  it('works the same wherever it is, and has gone when it is stopped', async () => {
    const server = await startPlainRedis({ appendonly: true })
    const client = clientOf(server.url)
    await client.set('word', 'kept')
    expect(await client.get('word')).toBe('kept')
    expect(await client.config('GET', 'appendonly')).toEqual(['appendonly', 'yes'])
    client.disconnect()
    await server.stop()
    const late = new Redis(server.url, { retryStrategy: () => null, maxRetriesPerRequest: 0 })
    late.on('error', () => {})
    await expect(late.ping()).rejects.toThrow()
  })

  it.skipIf(!hasDocker)('is a container where Docker answers, and ends with its process', async () => {
    const module = new URL('../../support/servers/redis.ts', import.meta.url).href
    const script = `import(${JSON.stringify(module)}).then(async ({ startPlainRedis }) => {
      console.log((await startPlainRedis()).url)
      setInterval(() => {}, 1000)
    })`
    const words = ['--conditions=@flowctl/source', '--import', 'tsx', '--input-type=module', '-e', script]
    const child = spawn(process.execPath, words, { cwd: TREE, stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const url = line.toString().trim()
    expect(url).toMatch(/^redis:\/\/:[0-9a-f]{24}@/)
    await clientOf(url).ping()
    child.kill('SIGKILL')
    const isThere = async (): Promise<boolean> => {
      const client = new Redis(url, { retryStrategy: () => null, maxRetriesPerRequest: 0 })
      client.on('error', () => {})
      const answer = await client.ping().catch(() => '')
      client.disconnect()
      return answer === 'PONG'
    }
    await expect.poll(isThere).toBe(false)
  })
})

describe.skipIf(missingRedis() !== undefined)('several Redis servers', () => {
  it('make a cluster of three', async () => {
    const cluster = await startRedisCluster()
    onTestFinished(() => cluster.stop())
    const client = new Cluster([...cluster.urls])
    onTestFinished(() => client.disconnect())
    const words = Array.from({ length: 30 }, (_, n) => `word-${n}`)
    await Promise.all(words.map((word) => client.set(word, word)))
    expect(await Promise.all(words.map((word) => client.get(word)))).toEqual(words)
    const sizes = await Promise.all(cluster.urls.map((url) => clientOf(url).dbsize()))
    expect(sizes.every((size) => size > 0)).toBe(true)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(words.length)
  })

  it('let the replica take over when the master dies', async () => {
    const group = await startSentinel({ sentinels: 3 })
    onTestFinished(() => group.stop())
    const sentinels = group.sentinels.map(({ port }) => ({ host: '127.0.0.1', port }))
    const client = new Redis({ sentinels, name: group.group, maxRetriesPerRequest: null })
    client.on('error', () => {})
    onTestFinished(() => client.disconnect())
    await client.set('word', 'copied')
    await client.wait(1, 1000)
    const first = await group.master()
    await first.kill9()
    expect(await client.get('word')).toBe('copied')
    expect((await group.master()).port).not.toBe(first.port)
  })
})
