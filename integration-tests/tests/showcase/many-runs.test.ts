import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunRecord } from '@flowctl/core'
import { HELLO } from '../../../packages/cli/tests/support/flows.ts'
import { missingRedis } from '@flowctl/test-support/servers/redis'
import { flowFile, median, SharedCompute } from './shared-compute.ts'

const USERS = ['ada', 'bob', 'cleo', 'dan', 'eve']
/** Of each user. */
const LONG = 2
const SHORT = 8
const WIDE = flowFile('flows/wide.ts')

describe.skipIf(missingRedis() !== undefined)('50 runs of several users on 4 slots', () => {
  let compute: SharedCompute
  beforeAll(async () => {
    compute = await SharedCompute.open({ 'hello.ts': HELLO })
    await compute.start(['coordinator'])
  })
  afterAll(() => compute.close())

  test('short and long ones, all there when the worker begins: all succeed', async () => {
    const begun = Date.now()
    const submitAs = async (user: string): Promise<string[]> => {
      const pathspecs: string[] = []
      for (let n = 0; n < LONG + SHORT; n += 1) {
        const words = n < LONG ? [WIDE, '--count', '40', '--ms', '150'] : ['hello.ts']
        const environment = { ...compute.environment, FLOWCTL_USER: user }
        const { code, stdout, stderr } = await compute.project.with(environment, 'submit', ...words)
        expect([code, stderr]).toEqual([0, ''])
        pathspecs.push(stdout.trim())
      }
      return pathspecs
    }
    const submitted = await Promise.all(USERS.map(submitAs))
    const submittedMs = Date.now() - begun
    await compute.start(['worker', '--slots', '4', '--grace', '1'])
    const at = Date.now()
    const records = await Promise.all(submitted.flat().map((pathspec) => compute.ended(pathspec)))
    const endedMs = Date.now() - at
    for (const { flow, run } of records) {
      expect(await compute.runStore(`${flow}/${run}`).readEnd()).toMatchObject({ status: 'succeeded' })
    }
    for (const user of USERS) expect(records.filter((record) => record.user === user)).toHaveLength(LONG + SHORT)

    const short = records.filter(({ flow }) => flow === 'HelloFlow')
    const waits = (await Promise.all(short.map((record) => waitsOf(record, at)))).flat()
    expect(waits).toHaveLength(short.length * 3)
    const ends = await Promise.all(short.map((record) => lengthOf(record, at)))
    console.log(
      `${records.length} runs of ${USERS.length} users, 4 slots: submitted within ${submittedMs} ms, then all done by ` +
        `one worker in ${endedMs} ms; queue waits of the steps of ${short.length} three-step runs among ${USERS.length * LONG} long ones: ` +
        `median ${median(waits)} ms, max ${Math.max(...waits)} ms; their whole time: median ${median(ends)} ms, max ${Math.max(...ends)} ms`,
    )
  })

  /** From when the one before had ended, or the worker had come, to the beginning of each task. */
  async function waitsOf(record: RunRecord, from: number): Promise<number[]> {
    const outcomes = await compute.outcomes(record)
    const tasks = outcomes.map(({ task }) => task).toSorted((a, b) => a.startedAt - b.startedAt)
    return tasks.map(({ startedAt }, n) => startedAt - (tasks[n - 1]?.endedAt ?? from))
  }

  async function lengthOf(record: RunRecord, from: number): Promise<number> {
    const end = await compute.runStore(`${record.flow}/${record.run}`).readEnd()
    return (end?.at ?? Number.NaN) - from
  }
})
