import { join } from 'node:path'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DIVIDE, HELLO } from '../../../packages/cli/tests/support/flows.ts'
import { Project } from '../../../packages/cli/tests/support/project.ts'
import {
  missingRedis,
  startPlainRedis,
  startRedis,
  startRedisCluster,
  startSentinel,
} from '@flowctl/test-support/servers/redis'
import { missingOpenssl, tlsServer } from '@flowctl/test-support/servers/tls'
import { Going, WAITING } from './shared-project.ts'

describe.skipIf(missingRedis() !== undefined)('the forms of Redis', () => {
  let project: Project
  let stops: (() => Promise<unknown>)[]
  let going: Going[]
  beforeEach(() => {
    going = []
    project = new Project({ 'hello.ts': HELLO, 'divide.ts': DIVIDE, 'waiting.ts': WAITING })
    stops = []
  })
  afterEach(async () => {
    for (const stop of stops.reverse()) await stop()
    project.remove()
  })

  /** A coordinator and a worker; returns the environment of commands. */
  async function serve(url: string, more: Record<string, string> = {}): Promise<Record<string, string>> {
    const environment = { FLOWCTL_REDIS_URL: url, FLOWCTL_DATASTORE: join(project.folder, 'store'), ...more }
    for (const words of [['coordinator'], ['worker', '--slots', '2', '--grace', '1']]) {
      const one = new Going(project, words, environment)
      going.push(one)
      stops.push(async () => one.stop())
      await one.said(/"msg":"ready"/)
    }
    return environment
  }

  test('a Cluster, with shards over its masters', async () => {
    const cluster = await startRedisCluster()
    stops.push(async () => cluster.stop())
    const url = `redis+cluster://${cluster.nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`
    const environment = await serve(url, { FLOWCTL_SHARDS: '4' })
    const shards = new Set<number>()
    for (let n = 0; n < 6; n++) {
      const { stdout } = await project.with(environment, 'submit', 'hello.ts', '--json')
      shards.add((JSON.parse(stdout) as { placement: { shard: number } }).placement.shard)
    }
    const { code, lines } = await project.with(environment, 'submit', 'divide.ts', '--json', '--follow')
    expect(code).toBe(0)
    expect(JSON.parse(lines.at(-1) as string)).toMatchObject({ type: 'run-ended', status: 'succeeded' })
    expect(shards.size).toBeGreaterThan(1)
    const queues = await project.with(environment, 'queues')
    expect(queues.stdout.match(/^default +[0-3] /gm)).toHaveLength(4)
  })

  test('Sentinel', async () => {
    const sentinel = await startSentinel()
    stops.push(async () => sentinel.stop())
    const hosts = sentinel.sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')
    const environment = await serve(`redis+sentinel://${hosts}/${sentinel.group}`)
    const { code, stderr } = await project.with(environment, 'submit', 'divide.ts', '--follow')
    expect([code, stderr]).toEqual([0, ''])
  })

  test.skipIf(missingOpenssl() !== undefined)(
    'TLS with an authority of our own, and a user with few rights',
    async () => {
      const tls = await tlsServer(project.folder)
      const redis = await startRedis({ words: tls.words })
      stops.push(async () => redis.stop())
      const client = new Redis(redis.url)
      const rights = '~{flowctl:* &flowctl:* +@all -@admin -@dangerous +info'
      await client.call('ACL', 'SETUSER', 'team', 'on', '>p@ss:w/rd', ...rights.split(' '))
      await client.call('ACL', 'SETUSER', 'default', 'off')
      client.disconnect()

      const url = `rediss://team:p%40ss%3Aw%2Frd@127.0.0.1:${tls.port}`
      const environment = await serve(url, { NODE_EXTRA_CA_CERTS: tls.authority })
      const { code, stderr } = await project.with(environment, 'submit', 'divide.ts', '--follow')
      expect([code, stderr]).toEqual([0, ''])
      expect((await project.with(environment, 'workers')).stdout).toContain(' default ')
      const follow = new Going(project, ['submit', 'waiting.ts', '--follow'], environment)
      await follow.said(/\] waiting$/m)
      expect((await project.with(environment, 'cancel', 'WaitingFlow')).code).toBe(0)
      expect(await follow.code).toBe(130)
      for (const { text } of going) {
        expect(text).toContain(`rediss://team:***@127.0.0.1:${tls.port}`)
        expect(text).not.toMatch(/p@ss|p%40ss|NOPERM/)
      }

      const refused = async (more: Record<string, string>): Promise<string> => {
        const one = await project.with({ ...environment, ...more }, 'workers')
        expect(one.code).not.toBe(0)
        return one.stderr
      }
      expect(await refused({ NODE_EXTRA_CA_CERTS: '' })).toMatch(
        /^Error \[REDIS_UNREACHABLE\]: .*self-signed certificate in certificate chain.*\nFix: .*NODE_EXTRA_CA_CERTS/,
      )
      expect(await refused({ FLOWCTL_REDIS_URL: url.replace('w%2Frd', 'other') })).toMatch(/WRONGPASS/)
      expect(await refused({ FLOWCTL_REDIS_URL: url.replace('rediss:', 'redis:') })).toMatch(/REDIS_UNREACHABLE/)
      expect(await refused({ FLOWCTL_REDIS_NAMESPACE: 'other' })).toMatch(/NOPERM/)
    },
    90_000,
  )

  test('two installations share a server', async () => {
    const redis = await startPlainRedis()
    stops.push(async () => redis.stop())
    const environment = await serve(redis.url)
    const other = { ...environment, FLOWCTL_REDIS_NAMESPACE: 'other', FLOWCTL_DATASTORE: join(project.folder, 'other') }
    expect((await project.with(other, 'workers')).stdout).toContain('No worker is connected.')
    expect((await project.with(environment, 'submit', 'hello.ts', '--follow')).code).toBe(0)
  })

  test('one that hangs for a while: the view says so and goes on', async () => {
    const redis = await startRedis()
    stops.push(async () => redis.stop())
    const environment = await serve(redis.url)
    const follow = new Going(project, ['submit', 'waiting.ts', '--seconds', '1', '--follow'], environment)
    await follow.said(/\] waiting$/m)
    redis.freeze()
    await follow.said(/Redis does not answer\. Tasks that run go on; the rest follows when it is back\./)
    redis.thaw()
    expect(await follow.code).toBe(0)
    expect(follow.text).toContain('Done! Run WaitingFlow/')
  })
})
