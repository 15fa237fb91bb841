import { describe, expect, it, onTestFinished } from 'vitest'
import { faultyProxy, type Fate, type SeenRequest } from '@flowctl/test-support/servers/faulty-proxy'
import { missingRedis, startRedis } from '@flowctl/test-support/servers/redis'
import { s3Server, type S3Server } from '@flowctl/test-support/servers/s3'
import { openOn } from '../tests/s3/open.ts'
import { chances, FaultBench } from './harness.ts'

const found = await s3Server()
const server = found as S3Server

/** A run whose every process reaches S3 through a proxy that decides what becomes of a request. Says how many met their fate. */
async function runThrough(fateOf: (seen: SeenRequest) => Fate): Promise<number> {
  let met = 0
  let isOver = false
  const proxy = await faultyProxy(server.endpoint, (seen) => {
    const fate = isOver ? 'pass' : fateOf(seen)
    if (fate !== 'pass') met += 1
    return fate
  })
  onTestFinished(() => proxy.close())
  const env = { ...process.env, ...server.env, FLOWCTL_S3_ENDPOINT: proxy.endpoint }
  const store = await openOn(server, server.newUrl(), { env, check: 'none' })
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  const bench = await FaultBench.on(redis, redis.url, { store, env })
  await bench.queue.coordinator()
  await bench.queue.worker(2)
  const record = await bench.submit({ count: 20, ms: 5 })
  await bench.ended(record)
  isOver = true
  await bench.judgeSuccess(record)
  return met
}

/** One of every five, by chance; the fifth in any case, so that there is one. */
function everyFifth(chance: (below: number) => number): () => boolean {
  let asked = 0
  return () => {
    asked += 1
    return chance(5) === 0 || asked === 5
  }
}

describe.skipIf(found === undefined || missingRedis() !== undefined)('faults of S3', () => {
  it('25: every fifth request is told to come back later', async () => {
    const fifth = everyFifth(chances('25'))
    const met = await runThrough(() => (fifth() ? { status: 503 } : 'pass'))
    console.log(`25: ${met} requests were refused`)
    expect(met).toBeGreaterThan(0)
  })

  it('26: every fifth write is done, and its reply is lost', async () => {
    const fifth = everyFifth(chances('26'))
    const met = await runThrough(({ method }) => (method === 'PUT' && fifth() ? 'lose reply' : 'pass'))
    console.log(`26: ${met} replies were lost`)
    expect(met).toBeGreaterThan(0)
  })

  it('27: of every fifth object that is read only the beginning comes', async () => {
    const chance = chances('27')
    const fifth = everyFifth(chance)
    const met = await runThrough(({ method }) => (method === 'GET' && fifth() ? { cutAfter: chance(8) } : 'pass'))
    console.log(`27: ${met} bodies were cut off`)
    expect(met).toBeGreaterThan(0)
  })
})
