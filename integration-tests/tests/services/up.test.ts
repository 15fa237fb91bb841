import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest'
import { DIVIDE, HELLO } from '../../../packages/cli/tests/support/flows.ts'
import { Project, settled } from '../../../packages/cli/tests/support/project.ts'
import { missingRedis } from '@flowctl/test-support/servers/redis'
import { isAlive } from '@flowctl/test-support/is-alive'
import { until } from '@flowctl/test-support/until'
import { Going, GPU, HALF, WAITING } from './shared-project.ts'

const EXAMPLES = fileURLToPath(new URL('../../../examples/', import.meta.url))
const POOLS = JSON.stringify({ default: {}, gpu: { gpu: 1 } })

describe.skipIf(missingRedis() !== undefined)('everything on one machine', () => {
  let project: Project
  let up: Going
  const startUp = async (): Promise<Going> => {
    // The worker serves one of two pools.
    const going = new Going(project, ['up', '--slots', '2', '--pools', 'default', '--grace', '1'], {
      FLOWCTL_POOLS: POOLS,
    })
    await going.said(/is up\./)
    return going
  }
  beforeAll(async () => {
    project = new Project({
      'hello.ts': HELLO,
      'divide.ts': DIVIDE,
      'waiting.ts': WAITING,
      'gpu.ts': GPU,
      'half.ts': HALF,
    })
    up = await startUp()
  })
  afterAll(async () => {
    up.child.kill('SIGINT')
    await up.code
    project.remove()
  })
  const shared = (...words: string[]) => project.with({ FLOWCTL_POOLS: POOLS }, ...words)
  /** The live view is of a moment ago: looks until it shows what is expected. */
  const shows = async (words: readonly string[], what: RegExp): Promise<void> => {
    await expect.poll(async () => (await shared(...words)).stdout).toMatch(what)
  }
  /** Submits a run that takes no slots from the next try when the test fails. */
  const submit = async (...words: string[]): Promise<string> => {
    const { stdout } = await shared('submit', ...words)
    onTestFailed(() => void shared('cancel', stdout.trim()))
    return stdout.trim()
  }

  test('other shells find it by a file that only its user reads', () => {
    const file = join(project.folder, '.flowctl/up.json')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ pid: up.child.pid, shards: 1 })
  })

  test('its lines are readable and hold no password', async () => {
    const { redisUrl } = JSON.parse(readFileSync(join(project.folder, '.flowctl/up.json'), 'utf8')) as {
      redisUrl: string
    }
    const password = new URL(redisUrl).password
    expect(password).toHaveLength(32)
    expect(up.text).not.toContain(password)
    expect(up.text).toMatch(/^\d\d:\d\d:\d\d\.\d{3} worker {6}ready redis=redis:\/\/:\*\*\*@127\.0\.0\.1:\d+ /m)
    expect(up.text).toMatch(/^ {2}coordinator {2}process \d+, http:\/\/127\.0\.0\.1:\d+$/m)
  })

  test('health, readiness and metrics', async () => {
    const urls = [...up.text.matchAll(/^ {2}(coordinator|worker) .*(http:\S+?)(?:,|$)/gm)]
    expect(urls.map(([, name]) => name)).toEqual(['coordinator', 'worker'])
    const texts = await Promise.all(
      urls.map(async ([, , url]) => {
        for (const path of ['/healthz', '/readyz']) expect(await (await fetch(url + path)).text()).toBe('ok\n')
        return (await fetch(`${url}/metrics`)).text()
      }),
    )
    expect(texts[0]).toMatch(/^flowctl_runs_admitted_total\{service="coordinator"\} \d+$/m)
    expect(texts[0]).toMatch(/^flowctl_pool_slots\{pool="default",service="coordinator"\} 2$/m)
    expect(texts[0]).toMatch(/^flowctl_queue_jobs\{queue="gpu",state="waiting",service="coordinator"\} \d+$/m)
    expect(texts[1]).toMatch(/^flowctl_slots\{service="worker"\} 2$/m)
    expect(texts[1]).toMatch(/^process_cpu_seconds_total\{service="worker"\}/m)
  })

  test('submit prints the pathspec of the run, which then runs', async () => {
    const { code, stdout } = await shared('submit', 'hello.ts')
    expect(code).toBe(0)
    const pathspec = stdout.trim()
    expect(pathspec).toMatch(/^HelloFlow\/\d{8}-\d{6}-\w{4}$/)
    await until(async () => (await shared('status', pathspec)).stdout.includes('succeeded'), 'the run has succeeded')
  })

  test('the worker tells how long slices waited, ran and took to commit', async () => {
    const [, url = ''] = /^ {2}worker .*(http:\S+?)(?:,|$)/m.exec(up.text) ?? []
    const text = await (await fetch(`${url}/metrics`)).text()
    for (const name of ['queue_wait', 'slice_duration', 'commit_duration']) {
      const [, count] = new RegExp(`^flowctl_${name}_seconds_count\\{service="worker"\\} (\\d+)$`, 'm').exec(text) ?? []
      expect(Number(count), name).toBeGreaterThanOrEqual(3)
      const [, sum] = new RegExp(`^flowctl_${name}_seconds_sum\\{service="worker"\\} (\\S+)$`, 'm').exec(text) ?? []
      expect(Number(sum), name).toBeLessThan(60)
    }
  })

  test('submit --follow shows what run shows', async () => {
    const followed = await shared('submit', 'hello.ts', '--follow')
    const run = await shared('run', 'hello.ts')
    expect([followed.code, followed.stderr]).toEqual([0, ''])
    const without = (text: string) =>
      settled(text)
        .replaceAll(project.folder, 'HERE')
        .replace(/datastore \S+/, 'datastore X')
    expect(without(followed.stdout)).toBe(without(run.stdout))
  })

  test('a flow of the examples gives what run gives', async () => {
    const flow = join(EXAMPLES, 'classifier-train.ts')
    const seen = async (verb: string[]): Promise<string> => {
      const { code, stdout } = await shared(...verb)
      expect(code).toBe(0)
      const [, pathspec = ''] = /dump (\S+)/.exec(stdout) ?? []
      expect(pathspec).toMatch(/^ClassifierTrainFlow\//)
      return (await shared('dump', pathspec)).stdout.replaceAll(pathspec, 'PATHSPEC')
    }
    const submitted = await seen(['submit', flow, '--follow'])
    expect(submitted).toContain('ranking')
    expect(submitted).toBe(await seen(['run', flow]))
  })

  test('submit checks what run checks, and records nothing then', async () => {
    const before = project.runs('HelloFlow').length
    const { code, stderr } = await shared('submit', 'hello.ts', '--nope', '5')
    expect(code).toBe(2)
    expect(stderr).toContain("'--nope' is neither a parameter of HelloFlow nor an option")
    const priority = await shared('submit', 'hello.ts', '--priority', 'high')
    expect(priority.stderr).toContain("--priority is 'high', but must be a whole number of at least 1")
    expect(project.runs('HelloFlow')).toHaveLength(before)
  })

  test('--json: what was submitted, and with --follow the events of run', async () => {
    const submitted = JSON.parse((await shared('submit', 'hello.ts', '--json', '--priority', '7')).stdout) as object
    expect(submitted).toMatchObject({ type: 'submitted', flow: 'HelloFlow', placement: { priority: 7, shard: 0 } })
    const { lines } = await shared('submit', 'hello.ts', '--json', '--follow')
    const types = lines.map((line) => (JSON.parse(line) as { type: string }).type)
    expect([types[0], types.at(-1)]).toEqual(['run-started', 'run-ended'])
    expect(types.filter((type) => type === 'task-ended')).toHaveLength(3)
  })

  test('a failed run ends --follow with 1; resume --submit does what is left', async () => {
    // Workers have their own environment: the flow's parameter would be the way; here the file itself changes.
    project.write('divide.ts', DIVIDE.replace('process.env.BROKEN', 'true'))
    const failed = await shared('submit', 'divide.ts', '--follow')
    expect(failed.code).toBe(1)
    expect(failed.stderr).toContain('no zero, please')
    expect(failed.stderr).toContain('flowctl resume divide.ts')
    project.write('divide.ts', DIVIDE)
    const resumed = await shared('resume', 'divide.ts', '--submit', '--follow')
    expect(resumed.stderr).toBe('')
    expect(resumed.code).toBe(0)
    expect(resumed.stdout).toMatch(/taken over from the origin run/)
  })

  test('logs -f shows lines as they are written; cancel ends the run, in seconds', async () => {
    const pathspec = await submit('waiting.ts')
    const logs = new Going(project, ['logs', pathspec, '-f'])
    await logs.said(/^\[wait\/0\] waiting$/m)
    await shows(['status', pathspec], /^wait +- +- +- +- +1 +-$/m)
    await shows(['workers'], / default +1 of 2 +ready /)
    await shows(['queues'], /^default +- +1 +- /m)
    const start = performance.now()
    const cancelled = await shared('cancel', pathspec)
    expect([cancelled.code, cancelled.stderr]).toEqual([0, ''])
    expect(await logs.code).toBe(130)
    expect(performance.now() - start).toBeLessThan(20_000)
    expect((await shared('status', pathspec)).stdout).toMatch(/status +cancelled/)
    const again = await shared('cancel', pathspec)
    expect(again.code).toBe(2)
    expect(again.stderr).toContain(`${pathspec} has ended already: cancelled.`)
  })

  test('Ctrl-C ends the following alone', async () => {
    const follow = new Going(project, ['submit', 'waiting.ts', '--seconds', '3', '--follow'])
    await follow.said(/\] waiting$/m)
    expect(await follow.stop('SIGINT')).toBe(130)
    const [, pathspec = ''] = /(WaitingFlow\/\S+) goes on; stop it with: flowctl cancel \1/.exec(follow.text) ?? []
    await until(async () => (await shared('status', pathspec)).stdout.includes('succeeded'), 'the run has succeeded')
    expect((await shared('logs', pathspec, '-f')).stdout).toContain('waited')
  })

  test('a step that no worker can run is reported with the reason', async () => {
    const follow = new Going(project, ['submit', 'gpu.ts', '--follow'], { FLOWCTL_POOLS: POOLS })
    const reason =
      /Step 'train' waits for pool gpu, which no connected worker serves: start one with `flowctl worker --pools gpu`\./
    await follow.said(reason)
    const [, pathspec = ''] = /Run (GpuFlow\/\S+) is starting/.exec(follow.text) ?? []
    await shows(['status', pathspec], reason)
    await shows(['status', pathspec], /^train +- +- +- +- +- +1$/m)
    const live = JSON.parse((await shared('status', pathspec, '--json')).stdout) as object
    expect(live).toMatchObject({ live: { steps: [{ step: 'train', running: 0, waiting: 1 }] } })
    // A worker from another shell joins.
    const worker = new Going(project, ['worker', '--pools', 'gpu', '--slots', '1'], { FLOWCTL_POOLS: POOLS })
    expect(await follow.code).toBe(0)
    expect(await worker.stop('SIGTERM')).toBe(0)
    const last = worker.text.trim().split('\n').at(-1) as string
    expect(JSON.parse(last)).toMatchObject({ level: 'info', service: 'worker', msg: 'stopped' })
  })

  test('a run that waits for a pool without workers ends all the same when it is cancelled', async () => {
    const pathspec = await submit('gpu.ts')
    await until(async () => /^train .* 1$/m.test((await shared('status', pathspec)).stdout), 'it waits')
    expect((await shared('cancel', pathspec)).code).toBe(0)
    await until(async () => (await shared('status', pathspec)).stdout.includes('cancelled'), 'it is cancelled')
  })

  test('and when another of its steps fails', async () => {
    const { code, stderr } = await shared('submit', 'half.ts', '--follow')
    expect(code).toBe(1)
    expect(stderr).toContain('boom')
  })

  test('a pool that nobody has configured is refused', async () => {
    const { code, stderr } = await project.flowctl('submit', 'gpu.ts')
    expect(code).toBe(2)
    expect(stderr).toContain('POOL_NONE_FITS')
  })

  test('a second one in the same folder is refused', async () => {
    const { code, stderr } = await shared('up')
    expect(code).toBe(2)
    expect(stderr).toContain(
      `'flowctl up' is running already for ${join(project.folder, '.flowctl')} (process ${up.child.pid})`,
    )
  })

  test('another datastore is refused at once', async () => {
    const { code, stderr } = await shared('submit', 'hello.ts', '--datastore', join(project.folder, 'elsewhere'))
    expect(code).toBe(2)
    expect(stderr).toContain('DATASTORE_DIFFERS')
  })

  test('Ctrl-C stops all of it; the next one goes on with what was going', async () => {
    const pathspec = await submit('waiting.ts', '--seconds', '4')
    await until(async () => (await shared('status', pathspec)).stdout.match(/^wait .* 1 +-$/m) !== null, 'it waits')
    const pids = Object.values(
      (JSON.parse(readFileSync(join(project.folder, '.flowctl/up.json'), 'utf8')) as { pids: object }).pids,
    )
    expect(pids).toHaveLength(3)
    expect(await up.stop('SIGINT')).toBe(0)
    expect(up.text).toContain('Stopping: running tasks have 1 s to finish.')
    expect(pids.filter(isAlive)).toEqual([])
    expect(existsSync(join(project.folder, '.flowctl/up.json'))).toBe(false)
    const status = await shared('status', pathspec)
    expect(status.stdout).toContain('What runs and waits now is not known.')
    expect((await shared('submit', 'hello.ts')).stderr).toContain('REDIS_URL_MISSING')
    up = await startUp()
    await until(async () => (await shared('status', pathspec)).stdout.includes('succeeded'), 'the run has succeeded')
  })

  test('one that was killed leaves nothing that keeps the next from starting', async () => {
    const { pids } = JSON.parse(readFileSync(join(project.folder, '.flowctl/up.json'), 'utf8')) as {
      pids: Record<string, number>
    }
    up.child.kill('SIGKILL')
    await up.code
    await until(() => !isAlive(pids['worker'] as number), 'the worker sees that nobody watches it')
    await until(() => !isAlive(pids['coordinator'] as number), 'the coordinator sees it too')
    up = await startUp()
    await until(() => !isAlive(pids['redis'] as number), 'the Redis that was left behind is ended')
    expect((await shared('submit', 'hello.ts', '--follow')).code).toBe(0)
  })

  test('a part that dies ends the rest, and says so', async () => {
    const { pids } = JSON.parse(readFileSync(join(project.folder, '.flowctl/up.json'), 'utf8')) as {
      pids: Record<string, number>
    }
    process.kill(pids['coordinator'] as number, 'SIGKILL')
    expect(await up.code).toBe(1)
    expect(up.text).toContain('The coordinator ended by itself (SIGKILL), so everything was stopped.')
    expect(Object.values(pids).filter(isAlive)).toEqual([])
    up = await startUp()
  })
})
