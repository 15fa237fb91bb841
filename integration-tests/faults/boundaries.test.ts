import { setTimeout as sleep } from 'node:timers/promises'
import { describe, it } from 'vitest'
import { missingRedis } from '@flowctl/test-support/servers/redis'
import { until } from '@flowctl/test-support/until'
import { chances, FaultBench } from './harness.ts'

/** More of them search longer. */
const ROUNDS = Number(process.env['FLOWCTL_FAULT_ROUNDS'] ?? 4)

describe.skipIf(missingRedis() !== undefined)('faults between two actions', () => {
  it('2: a worker is killed between its commit and its next word to Redis', async () => {
    const bench = await FaultBench.open()
    await bench.queue.coordinator()
    const { proxy, queue } = await bench.behindProxy()
    const victim = await queue.spawn('worker', 1)
    const record = await bench.submit({ count: 40, ms: 30 })
    await bench.reaches(10)
    proxy.toServer.isBlackHole = true
    const before = (await bench.outcomes(record)).length
    await until(async () => (await bench.outcomes(record)).length > before, 'a commit')
    await sleep(50)
    victim.kill('SIGKILL')
    await bench.queue.worker(2)
    await bench.judgeSuccess(record)
  })

  it('3: a worker is killed when it has attached what follows and not completed', async () => {
    const bench = await FaultBench.open()
    await bench.queue.coordinator()
    const { proxy, queue } = await bench.behindProxy()
    const victim = await queue.spawn('worker', 1)
    let isAttaching = false
    const attached = proxy.dropReply({
      match: (request) => {
        isAttaching ||= request.includes('join-join-0')
        return isAttaching && request === 'exec'
      },
    })
    const record = await bench.submit({ count: 40, ms: 5 })
    await attached
    victim.kill('SIGKILL')
    await bench.queue.worker(2)
    await bench.judgeSuccess(record)
  })

  it('4: coordinators and workers are killed at any word they say to Redis', async () => {
    const chance = chances('4')
    for (let round = 0; round < ROUNDS; round += 1) {
      const bench = await FaultBench.open()
      const { proxy, queue } = await bench.behindProxy()
      const role = round % 2 === 0 ? 'worker' : 'coordinator'
      if (role === 'worker') await bench.queue.coordinator()
      else await bench.queue.worker(2)
      const victim = await queue.spawn(role, 2)
      const nth = 1 + chance(role === 'worker' ? 200 : 25)
      const fatal = proxy.dropReply({ nth, match: (request) => !request.startsWith('bz') })
      const record = await bench.submit({ count: 40, ms: 3 })
      const word = await Promise.race([fatal, bench.ended(record).then(() => 'nothing')])
      victim.kill('SIGKILL')
      console.log(`4: the ${role} is killed after word ${nth}: ${word.slice(0, 60).replaceAll(/\s+/g, ' ')}`)
      if (role === 'worker') await bench.queue.worker(2)
      else await bench.queue.coordinator()
      await bench.judgeSuccess(record)
    }
  })

  it('17: replies are lost after the command was done, again and again', async () => {
    const chance = chances('17')
    const bench = await FaultBench.open()
    const { proxy, queue } = await bench.behindProxy()
    await queue.coordinator()
    await queue.worker(2)
    const state = { isOver: false, lost: 0 }
    const losing = (async () => {
      while (!state.isOver) {
        const timeout = sleep(3000, undefined, { ref: false })
        await Promise.race([
          proxy.dropReply({ nth: 1 + chance(60), match: (request) => !request.startsWith('bz') }),
          timeout,
        ])
        state.lost += 1
      }
    })()
    const record = await bench.submit({ count: 200, ms: 4 })
    await bench.ended(record)
    state.isOver = true
    console.log(`17: ${state.lost} replies were lost`)
    await bench.judgeSuccess(record)
    await losing
  })
})
