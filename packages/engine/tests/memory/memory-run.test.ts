import { appendFileSync, readFileSync } from 'node:fs'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { FlowGraph, StepDecorators } from '@flowctl/core'
import { isAlive } from '@flowctl/test-support/is-alive'
import { until } from '@flowctl/test-support/until'
import { chainGraph, END, graphOf, linear, nestedGraph, split } from '../graphs.ts'
import { newPath } from '../processes/entries.ts'
import { adoptedTask, brokenStore, openPool, slowStore, start, worker } from './bench.ts'

const branches = (decorators: StepDecorators = {}): FlowGraph =>
  graphOf({
    start: { next: split('left', 'right') },
    left: { next: linear('join'), decorators },
    right: { next: linear('join') },
    join: { next: linear('end'), join: true },
    end: { next: END },
  })

const types = (events: readonly { type: string }[]): string[] => events.map((one) => one.type)

describe('a run', () => {
  it.each([1, 2, 5])('takes every task once, joins after what they join, with %i processes', async (size) => {
    const run = await start(chainGraph(), openPool(size, worker('', 'return 25')))
    expect((await run.ended).status).toBe('succeeded')
    const started = run.started()
    expect(new Set(started).size).toBe(started.length)
    expect(started).toHaveLength(2 + 25 * 3 + 2)
    expect(started.slice(-2)).toEqual(['join/0', 'end/0'])
    expect((await run.store.readEnd())?.steps['b']).toEqual({ succeeded: 25, caught: 0, failed: 0, adopted: 0 })
    expect(await run.store.readStop()).toBeUndefined()
    expect(types(run.events)[0]).toBe('run-started')
    expect(types(run.events).at(-1)).toBe('run-ended')
  })

  it('nests foreaches, empty ones too', async () => {
    const run = await start(nestedGraph(), openPool(2, worker('', `return step === 'start' ? 4 : Number(task)`)))
    expect((await run.ended).status).toBe('succeeded')
    const end = await run.store.readEnd()
    expect(end?.steps['work']?.succeeded).toBe(0 + 1 + 2 + 3)
    expect(end?.steps['innerJoin']?.succeeded).toBe(4)
  })

  it('shares its processes with other runs', async () => {
    const pool = openPool(2, worker('await sleep(2)', 'return 6'))
    const runs = await Promise.all(Array.from({ length: 5 }, () => start(chainGraph(), pool)))
    const ends = await Promise.all(runs.map((run) => run.ended))
    expect(ends.map((end) => end.status)).toEqual(Array(5).fill('succeeded'))
    const used = new Set(
      runs.flatMap((run) => run.events.flatMap((one) => (one.type === 'task-started' ? [one.pid] : []))),
    )
    expect(used.size).toBe(2)
  })

  it('retries after the wait, with other tasks in between', async () => {
    const decorators = { retry: { times: 2, minutesBetweenRetries: 0.002, backoff: 1 } }
    const run = await start(
      branches(decorators),
      openPool(1, worker(`if (step === 'left' && attempt < 2) throw new Error('not yet')`)),
    )
    expect((await run.ended).status).toBe('succeeded')
    const left = run.events.filter((one) => one.type === 'task-ended' && one.step === 'left')
    expect(left.map((one) => one.type === 'task-ended' && one.outcome)).toEqual(['retrying', 'retrying', 'succeeded'])
    const attempts = await run.reader.attempts('left', '0')
    expect(attempts.map(({ attempt }) => attempt)).toEqual([0, 1, 2])
    const waits = attempts.slice(1).map((one, n) => one.startedAt - (attempts[n]?.endedAt ?? 0))
    for (const wait of waits) expect(wait).toBeGreaterThanOrEqual(120)
  })

  it('takes over what was adopted, and runs the rest', async () => {
    const adopted = [
      adoptedTask('start', [], { kind: 'linear', to: 'fan' }),
      adoptedTask('fan', [], { kind: 'foreach', to: 'a', count: 5, segments: [] }),
      ...[0, 1, 3].map((index) => adoptedTask('a', [index], { kind: 'linear', to: 'b' })),
      ...[0, 3].map((index) => adoptedTask('b', [index], { kind: 'linear', to: 'c' })),
      adoptedTask('c', [3], { kind: 'linear', to: 'join' }),
    ]
    const run = await start(chainGraph(), openPool(2, worker('')), { adopted })
    expect((await run.ended).status).toBe('succeeded')
    expect(run.started().toSorted()).toEqual(
      ['a/2', 'a/4', 'b/1', 'b/2', 'b/4', 'c/0', 'c/1', 'c/2', 'c/4', 'end/0', 'join/0'].toSorted(),
    )
    expect((await run.store.readEnd())?.steps['a']).toEqual({ succeeded: 5, caught: 0, failed: 0, adopted: 3 })
  })
})

describe('a failure for good', () => {
  it('stops the run: nothing starts any more, what runs is kept', async () => {
    const gate = newPath()
    const act = `if (step === 'right') { appendFileSync(${JSON.stringify(gate)}, 'x'); await sleep(300) }
      if (step === 'left') { while (!existsSync(${JSON.stringify(gate)})) await sleep(5); throw new Error('broken') }`
    const run = await start(branches(), openPool(2, worker(act)))
    expect(await run.ended).toMatchObject({ status: 'failed', failure: { step: 'left', error: { message: 'broken' } } })
    expect(run.started().toSorted()).toEqual(['left/0', 'right/0', 'start/0'])
    expect(run.events.find((one) => one.type === 'stopping')).toMatchObject({ reason: 'failed', running: 1 })
    expect(await run.store.readStop()).toMatchObject({ reason: 'failed', failure: { step: 'left' } })
    expect((await run.reader.task('right', '0'))?.outcome).toBe('succeeded')
  })

  it('does not wait for retries of other tasks', async () => {
    const act = `if (step === 'left') throw new Error('later'); if (step === 'right') { await sleep(100); throw new Error('now') }`
    const decorators = { retry: { times: 3, minutesBetweenRetries: 60, backoff: 1 } }
    const run = await start(branches(decorators), openPool(2, worker(act)))
    expect(await run.ended).toMatchObject({ status: 'failed', failure: { step: 'right' } })
  })

  it('in a wide foreach stops handing out', async () => {
    const run = await start(
      chainGraph(),
      openPool(2, worker(`if (step === 'b' && task === '1') throw new Error('no')`, 'return 5000')),
    )
    expect((await run.ended).status).toBe('failed')
    expect(run.started().length).toBeLessThan(5000)
    expect(await run.reader.task('join', '0')).toBeUndefined()
  })

  it('does not start a task whose process is still being started', async () => {
    // The first process is quick, the second takes its time.
    const first = newPath()
    const load = `if (existsSync(${JSON.stringify(first)})) await sleep(500); else appendFileSync(${JSON.stringify(first)}, 'x')
      say({ type: 'loaded', description: description('F') })`
    const run = await start(
      branches(),
      openPool(2, worker(`if (step !== 'start') throw new Error('broken')`, '', load)),
    )
    expect((await run.ended).status).toBe('failed')
    expect(run.started()).toHaveLength(2)
  })
})

describe('a run that is cancelled', () => {
  it('kills what runs, and is told to have stopped before it is told to have ended', async () => {
    const pool = openPool(2, worker(`if (step === 'a') await new Promise(() => setInterval(() => {}, 1000))`))
    const run = await start(chainGraph(), pool, { objects: slowStore('stop.json', 200) })
    await until(() => run.started().includes('a/0'), 'the first task')
    run.cancel('me')
    run.cancel('me again')
    expect(await run.ended).toMatchObject({ status: 'cancelled' })
    expect(types(run.events).slice(-2)).toEqual(['stopping', 'run-ended'])
    expect(await run.store.readStop()).toMatchObject({ reason: 'cancelled', by: 'me' })
    expect(await run.store.readEnd()).toMatchObject({ status: 'cancelled', steps: { fan: { succeeded: 1 } } })
    const pids = run.events.flatMap((one) => (one.type === 'task-started' && one.step === 'a' ? [one.pid] : []))
    for (const pid of pids) expect(isAlive(pid)).toBe(false)
  })

  it('does not wait for a process that never becomes ready', async () => {
    const loading = newPath()
    const load = `appendFileSync(${JSON.stringify(loading)}, String(process.pid)); setInterval(() => {}, 1000)`
    const run = await start(chainGraph(), openPool(1, worker('', '', load)))
    await until(() => {
      try {
        return readFileSync(loading, 'utf8') !== ''
      } catch {
        return false
      }
    }, 'the start of the process')
    run.cancel('me')
    expect((await run.ended).status).toBe('cancelled')
    await until(() => !isAlive(Number(readFileSync(loading, 'utf8'))), 'its end')
  })

  it('does not wait for the processes that another run has', async () => {
    const gate = newPath()
    const pool = openPool(1, worker(`while (!existsSync(${JSON.stringify(gate)})) await sleep(5)`))
    const holds = await start(chainGraph(), pool)
    await until(() => holds.started().length > 0, 'the first run')
    const waits = await start(chainGraph(), pool)
    waits.cancel('me')
    expect((await waits.ended).status).toBe('cancelled')
    appendFileSync(gate, 'x')
    expect((await holds.ended).status).toBe('succeeded')
  })

  it('does not wait for retries', async () => {
    const decorators = { retry: { times: 1, minutesBetweenRetries: 60, backoff: 1 } }
    const run = await start(branches(decorators), openPool(2, worker(`if (step === 'left') throw new Error('later')`)))
    await until(() => run.events.some((one) => one.type === 'task-ended' && one.outcome === 'retrying'), 'the failure')
    await until(() => run.events.some((one) => one.type === 'task-ended' && one.step === 'right'), 'the other branch')
    run.cancel('me')
    expect((await run.ended).status).toBe('cancelled')
  })

  it('after its end stays as it is', async () => {
    const run = await start(chainGraph(), openPool(1, worker('')))
    await run.ended
    const told = run.events.length
    run.cancel('me')
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(run.events).toHaveLength(told)
    expect(await run.store.readStop()).toBeUndefined()
  })
})

describe('a datastore that cannot be written', () => {
  it.each(['commits/start', 'commits/a', 'commits/join', 'slices/fan', 'end.json'])(
    'ends the run: %s',
    async (part) => {
      const run = await start(chainGraph(), openPool(2, worker('', 'return 40')), { objects: brokenStore(part) })
      await expect(run.ended).rejects.toThrow(`no space left for ${part}`)
    },
  )

  it('ends the run when its stop cannot be recorded', async () => {
    const broken = await start(branches(), openPool(2, worker(`if (step === 'left') throw new Error('no')`)), {
      objects: brokenStore('stop.json'),
    })
    await expect(broken.ended).rejects.toThrow('no space left')
    const decorators = { retry: { times: 1, minutesBetweenRetries: 60, backoff: 1 } }
    const main = worker(`if (step === 'left') throw new Error('later')`)
    const cancelled = await start(branches(decorators), openPool(2, main), { objects: brokenStore('stop.json') })
    await until(
      () => cancelled.events.some((one) => one.type === 'task-ended' && one.outcome === 'retrying'),
      'the failure',
    )
    cancelled.cancel('me')
    await expect(cancelled.ended).rejects.toThrow('no space left')
  })

  it('ends a resumed run that is still handing out its first tasks', async () => {
    const adopted = [
      adoptedTask('start', [], { kind: 'linear', to: 'fan' }),
      adoptedTask('fan', [], { kind: 'foreach', to: 'a', count: 5, segments: [] }),
    ]
    const run = await start(chainGraph(), openPool(2, worker('')), { adopted, objects: brokenStore('slices/fan') })
    await expect(run.ended).rejects.toThrow('no space left')
    expect(run.started()).toEqual([])
  })

  it('leaves no retry waiting, which would keep this process from its end', async () => {
    const set = vi.spyOn(globalThis, 'setTimeout')
    const clear = vi.spyOn(globalThis, 'clearTimeout')
    onTestFinished(() => void vi.restoreAllMocks())
    const gate = newPath()
    const decorators = { retry: { times: 1, minutesBetweenRetries: 60, backoff: 1 } }
    const act = `if (step === 'left') throw new Error('later')
      while (step === 'right' && !existsSync(${JSON.stringify(gate)})) await sleep(5)`
    const pool = openPool(2, worker(act))
    const run = await start(branches(decorators), pool, { objects: brokenStore('commits/right') })
    await until(() => run.events.some((one) => one.type === 'task-ended' && one.outcome === 'retrying'), 'the failure')
    appendFileSync(gate, 'x')
    await expect(run.ended).rejects.toThrow('no space left')
    const hours = set.mock.calls.flatMap(([, ms], n) => ((ms ?? 0) > 1_000_000 ? [set.mock.results[n]?.value] : []))
    expect(hours).toHaveLength(1)
    expect(clear.mock.calls.flat()).toContain(hours[0])
  })

  it('kills what runs, and the processes can be used by another run', async () => {
    const gate = newPath()
    const act = `if (step === 'right') { appendFileSync(${JSON.stringify(gate)}, 'x'); await new Promise(() => setInterval(() => {}, 1000)) }
      while (step === 'left' && !existsSync(${JSON.stringify(gate)})) await sleep(5)`
    const pool = openPool(2, worker(act))
    const run = await start(branches(), pool, { objects: brokenStore('commits/left') })
    await expect(run.ended).rejects.toThrow('no space left')
    const [pid = 0] = run.events.flatMap((one) =>
      one.type === 'task-started' && one.step === 'right' ? [one.pid] : [],
    )
    await until(() => !isAlive(pid), 'the end of the other task')
    expect((await (await start(chainGraph(), pool)).ended).status).toBe('succeeded')
  })
})

describe('processes that cannot be used', () => {
  it('end the run', async () => {
    const run = await start(chainGraph(), openPool(2, worker('', '', 'process.exit(9)')))
    await expect(run.ended).rejects.toMatchObject({ code: 'TASK_PROCESS_UNUSABLE' })
  })

  it('because they were closed end the run, too', async () => {
    const pool = openPool(1, worker(`if (step === 'a') await new Promise(() => setInterval(() => {}, 1000))`))
    const run = await start(chainGraph(), pool)
    await until(() => run.started().includes('a/0'), 'the first task')
    pool.close()
    expect((await run.ended).status).toBe('failed')
  })
})
