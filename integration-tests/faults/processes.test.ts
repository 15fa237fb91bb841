import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { missingRedis } from '@flowctl/test-support/servers/redis'
import { chances, FaultBench, FLOW } from './harness.ts'

describe.skipIf(missingRedis() !== undefined)('faults of processes', () => {
  it('1: a worker is killed in the middle of a step', async () => {
    const chance = chances('1')
    const bench = await FaultBench.open()
    await bench.queue.coordinator()
    const victim = await bench.queue.spawn('worker', 2)
    const record = await bench.submit({ count: 400, ms: 5 })
    await bench.reaches(20 + chance(300))
    victim.kill('SIGKILL')
    const killedAt = Date.now()
    await bench.queue.worker(2)
    await bench.ended(record)
    const next = bench.executions().find(({ at }) => at > killedAt + 100)?.at ?? Number.NaN
    console.log(`1: another worker went on after ${next - killedAt} ms`)
    await bench.judgeSuccess(record)
  })

  it('5: a worker is stopped for longer than its lock holds, and goes on', async () => {
    const bench = await FaultBench.open()
    await bench.queue.coordinator()
    const zombie = await bench.queue.spawn('worker', 2)
    const record = await bench.submit({ count: 300, ms: 5 })
    await bench.reaches(60)
    zombie.kill('SIGSTOP')
    await bench.queue.worker(1)
    await sleep(10_500)
    zombie.kill('SIGCONT')
    await bench.judgeSuccess(record, zombie.pid)
  })

  it('6: a step blocks its event loop for several times the lock, and nobody else runs it', async () => {
    const bench = await FaultBench.open()
    await bench.queue.coordinator()
    await bench.queue.worker(2)
    const record = await bench.submit({ count: 6, odd: 3, how: 'block', oddMs: 13_000 })
    await bench.judgeSuccess(record)
    expect(bench.executions().filter(({ step, task }) => step === 'work' && task === '3')).toHaveLength(1)
  })

  it('7: a task process is killed from outside, the first time', async () => {
    const bench = await FaultBench.open()
    await bench.queue.coordinator()
    await bench.queue.worker(2)
    const record = await bench.submit({ count: 30, odd: 7, how: 'die' })
    await bench.judgeSuccess(record)
    const last = (await bench.judge(record)).find(({ step, task }) => step === 'work' && task === '7')
    expect(last?.attempt).toBe(1)
  })

  it('7: a task needs more memory than there is, every time', async () => {
    const bench = await FaultBench.open()
    await bench.queue.coordinator()
    await bench.queue.worker(2, { env: { ...process.env, NODE_OPTIONS: '--max-old-space-size=200' } })
    const record = await bench.submit({ count: 30, odd: 7, how: 'swell' })
    expect(await bench.ended(record)).toMatchObject({
      status: 'failed',
      failure: { step: 'work', task: '7', attempt: 1, error: { kind: 'out-of-memory' } },
    })
    await bench.judge(record)
  })

  it('8: a task takes its worker down every time it runs', async () => {
    const bench = await FaultBench.open()
    await bench.queue.coordinator()
    const record = await bench.submit({ count: 12, odd: 5, how: 'kill-worker' })
    const state = { isOver: false, started: 0 }
    const keeper = (async () => {
      while (!state.isOver) {
        state.started += 1
        const worker = await bench.queue.spawn('worker', 2)
        await new Promise((resolve) => worker.once('exit', resolve))
      }
    })().catch(() => {})
    const end = await bench.ended(record)
    state.isOver = true
    void keeper
    console.log(`8: ${state.started} workers died or lived for it`)
    expect(end).toMatchObject({ status: 'failed', failure: { step: 'work', task: '5' } })
    await bench.judge(record)
  })

  it('9: a worker is told to leave while a step runs that takes longer than it may', async () => {
    const bench = await FaultBench.open()
    await bench.queue.coordinator()
    const leaving = await bench.queue.spawn('worker', 1)
    const enough = join(bench.queue.folder, 'enough')
    const record = await bench.submit({ count: 4, odd: 2, how: 'hang', oddMs: 45_000, enough })
    await expect.poll(() => bench.executions().some(({ task }) => task === '2')).toBe(true)
    const gone = new Promise((resolve) => leaving.once('exit', resolve))
    leaving.kill('SIGTERM')
    const toldAt = Date.now()
    await gone
    // Five seconds are what this worker gives.
    expect(Date.now() - toldAt).toBeLessThan(30_000)
    writeFileSync(enough, '')
    await bench.queue.worker(1)
    await bench.judgeSuccess(record)
  })

  it('10: two coordinators, one of which is killed', async () => {
    const chance = chances('10')
    const bench = await FaultBench.open()
    const first = await bench.queue.spawn('coordinator')
    await bench.queue.coordinator()
    await bench.queue.worker(2)
    const record = await bench.submit({ count: 200, ms: 3 })
    await bench.reaches(1 + chance(200))
    first.kill('SIGKILL')
    await bench.judgeSuccess(record)
  })

  it('12: the file of the flow is changed and removed after the submit', async () => {
    const bench = await FaultBench.open()
    await bench.queue.coordinator()
    const first = await bench.queue.spawn('worker', 1)
    const flow = join(bench.queue.folder, 'flow', 'journal.ts')
    mkdirSync(dirname(flow))
    copyFileSync(FLOW, flow)
    const record = await bench.submit({ count: 100, ms: 5 }, flow)
    await bench.reaches(20)
    writeFileSync(flow, 'throw new Error("this is another version")\n')
    first.kill('SIGKILL')
    // The next worker has seen nothing of the run.
    rmSync(join(bench.queue.folder, 'worker-cache'), { recursive: true, force: true, maxRetries: 10 })
    await bench.queue.spawn('worker', 1)
    await bench.reaches(bench.executions().length + 20)
    rmSync(flow)
    await bench.judgeSuccess(record)
  })
})
