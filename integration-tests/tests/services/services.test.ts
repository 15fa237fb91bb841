import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HELLO } from '../../../packages/cli/tests/support/flows.ts'
import { Project } from '../../../packages/cli/tests/support/project.ts'
import { missingRedis, startRedis, type RedisServer } from '@flowctl/test-support/servers/redis'
import { isAlive } from '@flowctl/test-support/is-alive'
import { until } from '@flowctl/test-support/until'
import { Going, WAITING } from './shared-project.ts'

const PASSWORD = 'correct-horse-battery'

describe.skipIf(missingRedis() !== undefined)('coordinators and workers of their own', () => {
  let project: Project
  let redis: RedisServer
  let url: string
  let environment: Record<string, string>
  const going: Going[] = []
  const start = async (...words: string[]): Promise<Going> => {
    const one = new Going(project, words, environment)
    going.push(one)
    await one.said(/"msg":"ready"/)
    return one
  }
  const flowctl = (...words: string[]) => project.with(environment, ...words)

  beforeAll(async () => {
    project = new Project({ 'hello.ts': HELLO, 'waiting.ts': WAITING })
    redis = await startRedis()
    const client = new Redis(redis.url)
    await client.config('SET', 'requirepass', PASSWORD)
    client.disconnect()
    url = `redis://:${PASSWORD}@127.0.0.1:${redis.port}`
    environment = { FLOWCTL_REDIS_URL: url, FLOWCTL_DATASTORE: join(project.folder, 'store') }
    await start('coordinator')
  })
  afterAll(async () => {
    await Promise.all(going.map((one) => one.stop('SIGKILL')))
    await redis.stop()
    project.remove()
  })

  test('a run waits until there is a worker', async () => {
    const follow = new Going(project, ['submit', 'hello.ts', '--follow'], environment)
    await follow.said(
      /Step 'start' waits for pool default, which no connected worker serves: start one with `flowctl worker`\./,
    )
    expect((await flowctl('workers')).stdout).toBe('No worker is connected. Start one with: flowctl worker\n')
    const worker = await start('worker', '--slots', '1')
    expect(await follow.code).toBe(0)
    expect(await worker.stop()).toBe(0)
  })

  test('their logs are JSON and hold no password', async () => {
    for (const one of going) {
      const lines = one.text.trim().split('\n')
      for (const line of lines)
        expect(JSON.parse(line)).toMatchObject({ level: expect.any(String), pid: one.child.pid })
      expect(one.text).toContain(`redis://:***@127.0.0.1:${redis.port}`)
      expect(one.text).not.toContain(PASSWORD)
    }
  })

  test('SIGTERM lets a running task finish; nothing new is taken', async () => {
    const trace = join(project.folder, 'trace-finish')
    const worker = await start('worker', '--slots', '1', '--grace', '20')
    const pathspec = (await flowctl('submit', 'waiting.ts', '--seconds', '6', '--trace', trace)).stdout.trim()
    await until(async () => (await flowctl('logs', pathspec)).code === 0 && readTrace(trace) === 'wait\n', 'it waits')
    expect(await worker.stop('SIGTERM')).toBe(0)
    expect(worker.text).toMatch(/"busy":1,"graceSeconds":20,"msg":"letting running tasks finish"/)
    const status = await flowctl('status', pathspec)
    expect(status.stdout).toMatch(/^wait +1 /m)
    expect(status.stdout).toMatch(/status +running/)
    const next = await start('worker', '--slots', '1')
    await until(async () => (await flowctl('status', pathspec)).stdout.includes('succeeded'), 'the run has succeeded')
    expect(readTrace(trace)).toBe('wait\n')
    await next.stop()
  })

  test('ends also when Redis is gone', async () => {
    const own = await startRedis()
    const [coordinator, worker] = [['coordinator'], ['worker', '--grace', '1']].map(
      (words) => new Going(project, words, { ...environment, FLOWCTL_REDIS_URL: own.url }),
    ) as [Going, Going]
    going.push(coordinator, worker)
    await Promise.all([coordinator.said(/"msg":"ready"/), worker.said(/"msg":"ready"/)])
    await own.stop()
    expect(await worker.stop('SIGTERM')).toBe(1)
    expect(worker.text).toContain('ending without having said so to Redis')
    await coordinator.stop('SIGKILL')
  })

  test('after its grace, what still runs is handed to others', async () => {
    const trace = join(project.folder, 'trace-grace')
    const worker = await start('worker', '--slots', '1', '--grace', '0.3')
    const pathspec = (await flowctl('submit', 'waiting.ts', '--seconds', '5', '--trace', trace)).stdout.trim()
    await until(() => readTrace(trace) === 'wait\n', 'it waits')
    const before = performance.now()
    await worker.stop('SIGTERM')
    expect(performance.now() - before).toBeLessThan(20_000)
    await start('worker', '--slots', '1')
    await until(async () => (await flowctl('status', pathspec)).stdout.includes('succeeded'), 'it has succeeded')
    expect(readTrace(trace)).toBe('wait\nwait\n')
  })

  test('a second signal ends a worker at once', async () => {
    const trace = join(project.folder, 'trace-twice')
    const worker = await start('worker', '--slots', '1', '--grace', '60')
    const others = going.filter((one) => one !== worker && one.text.includes('"service":"worker"'))
    await Promise.all(others.map((one) => one.stop()))
    const pathspec = (await flowctl('submit', 'waiting.ts', '--trace', trace)).stdout.trim()
    await until(() => readTrace(trace) === 'wait\n', 'it waits')
    worker.child.kill('SIGTERM')
    await worker.said(/letting running tasks finish/)
    worker.child.kill('SIGTERM')
    expect(await worker.code).toBe(1)
    expect((await flowctl('cancel', pathspec)).code).toBe(0)
    await until(async () => (await flowctl('status', pathspec)).stdout.includes('cancelled'), 'it is cancelled')
  })

  test('what a configuration file says holds, until the environment says otherwise', async () => {
    project.write('flowctl.config.yaml', `redisUrl: ${url}\ndatastore: store\nslots: 3\nlogLevel: debug\n`)
    const one = new Going(project, ['worker'])
    const two = new Going(project, ['worker'], { FLOWCTL_SLOTS: '4' })
    const three = new Going(project, ['worker', '--slots', '5'], { FLOWCTL_SLOTS: '4' })
    const slots = await Promise.all(
      [one, two, three].map(async (worker) => {
        const [line] = await worker.said(/^.*"msg":"ready".*$/m)
        return (JSON.parse(line) as { slots: number }).slots
      }),
    )
    expect(slots).toEqual([3, 4, 5])
    // Commands that read find the datastore by it too.
    expect((await project.flowctl('list', 'flows')).stdout).toContain('HelloFlow')
    await Promise.all([one, two, three].map((worker) => worker.stop()))
    project.write('flowctl.config.yaml', '')
  })

  describe('what is wrong is said in one line, within seconds', () => {
    const refused = async (more: Record<string, string>, ...words: string[]): Promise<string> => {
      const before = performance.now()
      const { code, stderr } = await project.with({ ...environment, ...more }, ...words)
      expect(performance.now() - before).toBeLessThan(20_000)
      expect([1, 2]).toContain(code)
      return stderr.split('\n')[0] ?? ''
    }

    test.each([['submit', 'hello.ts'], ['worker'], ['coordinator'], ['queues'], ['up']])(
      'Redis: %s',
      async (...words) => {
        const nobody = { FLOWCTL_REDIS_URL: 'redis://127.0.0.1:1', FLOWCTL_CONFIG: '' }
        expect(await refused(nobody, ...words)).toBe(
          'Error [REDIS_UNREACHABLE]: Redis at redis://127.0.0.1:1 cannot be reached: connect ECONNREFUSED 127.0.0.1:1',
        )
      },
    )

    test('its password', async () => {
      const line = await refused({ FLOWCTL_REDIS_URL: `redis://:wrong-one@127.0.0.1:${redis.port}` }, 'queues')
      expect(line).toMatch(
        /^Error \[REDIS_UNREACHABLE\]: Redis at redis:\/\/:\*\*\*@127\.0\.0\.1:\d+ cannot be reached: WRONGPASS/,
      )
    })

    test('its form', async () => {
      expect(await refused({ FLOWCTL_REDIS_URL: 'localhost:6379' }, 'workers')).toContain('REDIS_URL_INVALID')
    })

    test('the datastore', async () => {
      const nowhere = { FLOWCTL_DATASTORE: 's3://bucket/x', FLOWCTL_S3_ENDPOINT: 'http://127.0.0.1:1', ...KEYS }
      expect(await refused(nowhere, 'worker')).toContain('DATASTORE_S3_UNREACHABLE')
      expect(await refused(nowhere, 'submit', 'hello.ts')).toContain('DATASTORE_S3_UNREACHABLE')
      expect(await refused({ FLOWCTL_DATASTORE: 'memory:' }, 'submit', 'hello.ts')).toContain('DATASTORE_NOT_SHARED')
    })

    test('a setting', async () => {
      expect(await refused({ FLOWCTL_SLOTS: 'all' }, 'worker')).toBe(
        "Error [SETTING_INVALID]: FLOWCTL_SLOTS is 'all', but must be a whole number from 1 to 1024.",
      )
    })
  })

  test('nothing is left of workers that were stopped', () => {
    const stopped = going.filter((one) => one.child.exitCode !== null)
    expect(stopped.length).toBeGreaterThan(2)
    expect(stopped.filter((one) => isAlive(one.child.pid as number))).toEqual([])
  })
})

const KEYS = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' }

function readTrace(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
