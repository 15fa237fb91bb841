import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { isAlive } from '@flowctl/test-support/is-alive'
import { until } from '@flowctl/test-support/until'
import { ProcessPool, type ProcessRequest } from '../../src/processes/process-pool.ts'
import type { TaskProcess } from '../../src/processes/task-process.ts'
import { entry, newPath } from './entries.ts'

function open(size: number, main: URL, env: Record<string, string> = {}): ProcessPool {
  const load = { bundle: '', api: '', className: 'F', datastore: 'memory:' }
  const pool = new ProcessPool({ size, entry: main, load, env: { ...process.env, ...env } })
  onTestFinished(() => pool.close())
  return pool
}

/** Appends a line to a file at the start of every process. */
function journaled(): { main: URL; starts: () => number } {
  const file = newPath()
  return {
    main: entry({}, `appendFileSync(${JSON.stringify(file)}, process.pid + '\\n')`),
    starts: () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0),
  }
}

/** Whether a promise is settled by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const open = Symbol('open')
  await new Promise((resolve) => setTimeout(resolve, 50))
  return (await Promise.race([promise.catch(() => {}), Promise.resolve(open)])) !== open
}

const endOf = (one: TaskProcess): Promise<void> => until(() => !isAlive(one.pid), 'the end of a process')

describe('a process of the pool', () => {
  it('is used again when it is warm', async () => {
    const { main, starts } = journaled()
    const pool = open(2, main)
    const first = await pool.acquire()
    pool.release(first)
    expect(await pool.acquire()).toBe(first)
    expect(starts()).toBe(1)
  })

  it('goes to who waits when it is given back before the one that was started for them is ready', async () => {
    const { main, starts } = journaled()
    const pool = open(2, main)
    const first = await pool.acquire()
    const second = pool.acquire()
    await until(() => pool.count === 2, 'the start of another process')
    pool.release(first)
    expect(await second).toBe(first)
    await until(() => pool.idle === 1, 'the process that was started for nobody')
    expect(starts()).toBe(2)
    expect(pool.count).toBe(2)
    expect(await pool.acquire()).not.toBe(first)
  })

  it('belongs to one user at a time', async () => {
    const pool = open(2, entry({}))
    const [one, other] = await Promise.all([pool.acquire(), pool.acquire()])
    expect(one).not.toBe(other)
    expect(one.pid).not.toBe(other.pid)
  })

  it('is the one that was used last: the others may be needed no more', async () => {
    const pool = open(2, entry({}))
    const [one, other] = await Promise.all([pool.acquire(), pool.acquire()])
    pool.release(other)
    pool.release(one)
    expect(await pool.acquire()).toBe(one)
  })

  it('is another one for other environment variables, which it has on top of those of the pool', async () => {
    const file = newPath()
    const main = entry(
      {},
      `appendFileSync(${JSON.stringify(file)}, process.env.OF_POOL + ' ' + process.env.OF_STEP + '\\n')`,
    )
    const pool = open(2, main, { OF_POOL: 'pool' })
    const plain = await pool.acquire()
    pool.release(plain)
    const other = await pool.acquire({ vars: { OF_STEP: 'step' } })
    expect(other).not.toBe(plain)
    pool.release(other)
    expect(await pool.acquire({ vars: { OF_STEP: 'step' } })).toBe(other)
    expect(await pool.acquire()).toBe(plain)
    expect(readFileSync(file, 'utf8')).toBe('pool undefined\npool step\n')
  })

  it('makes room for one of another kind when the pool is full', async () => {
    const pool = open(1, entry({}))
    const plain = await pool.acquire()
    pool.release(plain)
    const other = await pool.acquire({ vars: { A: '1' } })
    await endOf(plain)
    expect(isAlive(other.pid)).toBe(true)
  })

  it('is new when a fresh one is wanted, also when all are warm', async () => {
    const pool = open(1, entry({}))
    const warm = await pool.acquire()
    pool.release(warm)
    const fresh = await pool.acquire({ fresh: true })
    expect(fresh.pid).not.toBe(warm.pid)
    await endOf(warm)
  })

  it('is ended when it is not to be used again', async () => {
    const pool = open(1, entry({}))
    const first = await pool.acquire()
    pool.release(first, false)
    await endOf(first)
    expect((await pool.acquire()).pid).not.toBe(first.pid)
  })

  it('that died in use is replaced', async () => {
    const pool = open(1, entry({}))
    const first = await pool.acquire()
    first.kill()
    await until(() => !first.alive, 'its death')
    pool.release(first)
    expect((await pool.acquire()).pid).not.toBe(first.pid)
  })

  it('that died unused is neither given out nor counted', async () => {
    const { main, starts } = journaled()
    const pool = open(2, main)
    const [one, other] = await Promise.all([pool.acquire(), pool.acquire()])
    pool.release(one)
    pool.release(other)
    for (let n = 0; n < 3; n += 1) {
      const dying = await pool.acquire({ vars: { N: String(n) } })
      pool.release(dying)
      dying.kill()
      await until(() => !dying.alive, 'its death')
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    // One of the two made room for the first of another kind; the dead made room for the others.
    const again = await Promise.all([pool.acquire(), pool.acquire()])
    expect(again.map((found) => found.alive)).toEqual([true, true])
    expect(again).toContain(other)
    expect(starts()).toBe(6)
  })

  it('given back twice is there once', async () => {
    const pool = open(2, entry({}))
    const first = await pool.acquire()
    pool.release(first)
    pool.release(first)
    const [one, other] = await Promise.all([pool.acquire(), pool.acquire()])
    expect(one).not.toBe(other)
  })
})

describe('the size of the pool', () => {
  it('is kept, however many want a process: the next waits for one that is released', async () => {
    const { main, starts } = journaled()
    const pool = open(2, main)
    const held = await Promise.all([pool.acquire(), pool.acquire()])
    const third = pool.acquire()
    expect(await isSettled(third)).toBe(false)
    pool.release(held[0])
    expect(await third).toBe(held[0])
    expect(starts()).toBe(2)
  })

  it('is kept in a crowd, and everybody gets a turn', async () => {
    const { main, starts } = journaled()
    const pool = open(3, main)
    let inside = 0
    let most = 0
    const visit = async (wanted: ProcessRequest): Promise<void> => {
      const found = await pool.acquire(wanted)
      inside += 1
      most = Math.max(most, inside)
      await new Promise((resolve) => setTimeout(resolve, 100))
      inside -= 1
      pool.release(found)
    }
    await Promise.all(Array.from({ length: 30 }, () => visit({})))
    expect(most).toBeLessThanOrEqual(3)
    expect(starts()).toBe(3)
  })

  it('is free again after a start that failed', async () => {
    const file = newPath()
    const main = entry({
      load: `if (!existsSync(${JSON.stringify(file)})) { appendFileSync(${JSON.stringify(file)}, 'x'); process.exit(9) }
             say({ type: 'loaded', description: description('F') })`,
    })
    const pool = open(1, main)
    const failing = expect(pool.acquire()).rejects.toMatchObject({ code: 'TASK_PROCESS_UNUSABLE' })
    const waiting = pool.acquire()
    await failing
    expect((await waiting).alive).toBe(true)
  })
})

describe('a start', () => {
  it('that is refused says all that is wrong, and leaves no process', async () => {
    const file = newPath()
    const refuse = `say({ type: 'refused', error: { kind: 'exception', name: 'FlowProblems', message: 'both', errors: [
      { kind: 'exception', name: 'FlowctlError', code: 'GRAPH_A', message: 'first', fix: 'do this', stack: 'at first' },
      { kind: 'exception', name: 'FlowctlError', code: 'GRAPH_B', message: 'second', fix: 'and this', stack: 'at second' } ] } })`
    const pool = open(1, entry({ load: refuse }, `appendFileSync(${JSON.stringify(file)}, String(process.pid))`))
    const problems = await pool.describe().then(
      () => undefined,
      (error: { problems: { code: string; message: string; fix: string; stack: string }[] }) => error.problems,
    )
    expect(problems?.map(({ code, message, fix }) => [code, message, fix])).toEqual([
      ['GRAPH_A', 'first', 'do this'],
      ['GRAPH_B', 'second', 'and this'],
    ])
    expect(problems?.map(({ stack }) => stack)).toEqual([
      expect.stringContaining('at first'),
      expect.stringContaining('at second'),
    ])
    const pid = Number(readFileSync(file, 'utf8'))
    await until(() => !isAlive(pid), 'its end')
  })

  it("that the user's own code refuses says so, with the place where it threw", async () => {
    const refuse = `say({ type: 'refused', error: { kind: 'exception', name: 'TypeError', message: 'no', stack: 'at user' } })`
    const refused = open(1, entry({ load: refuse })).acquire()
    await expect(refused).rejects.toMatchObject({
      problems: [{ code: 'FLOW_CODE_FAILED', stack: 'at user', cause: { name: 'TypeError', stack: 'at user' } }],
    })
    await expect(refused).rejects.toThrow(/threw TypeError: no/)
  })

  it('of a process that dies first says how, with its last words', async () => {
    const pool = open(1, entry({ load: `process.stderr.write('no such module', () => process.exit(3))` }))
    await expect(pool.acquire()).rejects.toThrow(/exit code 3 before it was ready\. no such module/)
    const killed = open(1, entry({ load: `process.kill(process.pid, 'SIGTERM')` }))
    await expect(killed.acquire()).rejects.toThrow(/signal SIGTERM/)
  })

  it('that the system refuses is the same error', async () => {
    // More than an environment variable may hold.
    const pool = open(1, entry({}))
    const refused = pool.acquire({ vars: { BIG: 'x'.repeat(300_000) } })
    await expect(refused).rejects.toMatchObject({ code: 'TASK_PROCESS_UNUSABLE' })
    await expect(refused).rejects.toThrow(/E2BIG/)
    expect((await pool.acquire()).alive).toBe(true)
  })

  it('that takes for ever ends with the signal', async () => {
    const file = newPath()
    const hanging = `appendFileSync(${JSON.stringify(file)}, String(process.pid)); setInterval(() => {}, 1000)`
    const pool = open(1, entry({ load: hanging }))
    const leaving = new AbortController()
    const starting = pool.acquire({ signal: leaving.signal })
    const waiting = pool.acquire({ signal: leaving.signal })
    const refused = [starting, waiting].map((one) => expect(one).rejects.toThrow('cancelled'))
    await until(() => existsSync(file) && readFileSync(file, 'utf8') !== '', 'the start')
    leaving.abort(new Error('cancelled'))
    await Promise.all(refused)
    const pid = Number(readFileSync(file, 'utf8'))
    await until(() => !isAlive(pid), 'its end')
    await expect(pool.acquire({ signal: leaving.signal })).rejects.toThrow('cancelled')
  })
})

describe('describe and bind', () => {
  const bind = { flow: 'F', given: {}, user: 'me' }
  const bound = `say({ type: 'bound', previews: {}, parameters: { a: { hash: 'h', size: 1, type: 't', preview: request.user } } })`

  it('share one process', async () => {
    const pool = open(2, entry({ load: `say({ type: 'loaded', description: description('Mine') })`, bind: bound }))
    expect((await pool.describe()).flow).toBe('Mine')
    expect(await pool.bind(bind)).toEqual({ a: { hash: 'h', size: 1, type: 't', preview: 'me' } })
    const { pid } = await pool.acquire()
    expect(pid).toBeGreaterThan(0)
  })

  it('describes once', async () => {
    const { main, starts } = journaled()
    const pool = open(1, main)
    expect(await pool.describe()).toEqual(await pool.describe())
    expect(starts()).toBe(1)
  })

  it('bind does not wait for tasks: there is one process more until they are back', async () => {
    const pool = open(1, entry({ bind: bound }))
    const held = await pool.acquire()
    expect(await pool.bind(bind)).toHaveProperty('a')
    const waiting = pool.acquire()
    expect(await isSettled(waiting)).toBe(false)
    pool.release(held)
    expect(await waiting).toBe(held)
  })

  it('a refused bind gives its process back', async () => {
    const refuse = `say({ type: 'refused', error: { kind: 'exception', name: 'X', code: 'PARAMETER_X', message: 'bad', fix: 'good' } })`
    const pool = open(1, entry({ bind: refuse }))
    await expect(pool.bind(bind)).rejects.toMatchObject({ problems: [{ code: 'PARAMETER_X' }] })
    expect((await pool.acquire()).alive).toBe(true)
  })

  it('a process that dies while it binds is not counted any more', async () => {
    const pool = open(1, entry({ bind: 'process.exit(6)' }))
    await expect(pool.bind(bind)).rejects.toThrow(/exit code 6/)
    expect((await pool.acquire()).alive).toBe(true)
  })
})

describe('close', () => {
  it('kills what is idle and what is busy, and tells whoever listens', async () => {
    const pool = open(3, entry({}))
    const [idle, busy] = await Promise.all([pool.acquire(), pool.acquire()])
    pool.release(idle)
    let heard: string | null = null
    busy.listen({ answer: () => {}, output: () => {}, exit: ({ signal }) => (heard = signal) })
    pool.close()
    await Promise.all([endOf(idle), endOf(busy)])
    await until(() => heard !== null, 'the end to be told')
    expect(heard).toBe('SIGKILL')
    pool.release(busy)
  })

  it('refuses those who wait, those who start and those who come later', async () => {
    const pool = open(1, entry({ load: '' }))
    const starting = pool.acquire()
    const waiting = pool.acquire()
    const refused = [expect(starting).rejects.toMatchObject({ code: 'TASK_PROCESS_UNUSABLE' })]
    refused.push(expect(waiting).rejects.toThrow(/closed/))
    pool.close()
    await Promise.all(refused)
    await expect(pool.acquire()).rejects.toThrow(/closed/)
    await expect(pool.bind({ flow: 'F', given: {}, user: 'me' })).rejects.toThrow(/closed/)
  })
})
