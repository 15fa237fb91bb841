import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunRecord } from '@flowctl/core'
import { ArtifactStore, fileStore } from '@flowctl/datastore'
import { missingRedis } from '@flowctl/test-support/servers/redis'
import { until } from '@flowctl/test-support/until'
import { executionsIn } from '../queue/tally.ts'
import type { Going } from '../services/shared-project.ts'
import { networkNamespaces, removeNamespaces } from './namespaces.ts'
import { executionsOf, flowFile, SharedCompute, type Execution, type Outcome } from './shared-compute.ts'

const COUNT = 10_000
const WIDE = flowFile('flows/wide.ts')
/** File systems stamp files with a clock that may be a tick behind. */
const TICK_MS = 10

describe.skipIf(missingRedis() !== undefined)('two workers and a foreach of 10,000', () => {
  const namespaces = networkNamespaces(2)
  const where = namespaces.length > 0 ? 'in two network namespaces' : 'as plain processes (no network namespaces here)'
  let compute: SharedCompute
  let victim: Going
  const startWorker = (n: number): Promise<Going> =>
    compute.start(['worker', '--slots', '2', '--grace', '1'], namespaces[n])
  beforeAll(async () => {
    compute = await SharedCompute.open({}, { hosts: namespaces.map(({ host }) => host) })
    await compute.start(['coordinator'])
    victim = await startWorker(0)
    await startWorker(1)
  })
  afterAll(async () => {
    await compute.close()
    removeNamespaces()
  })

  /** Submits the run and does something to it when a good part of it is done. */
  async function disturbed(name: string, disturb: () => Promise<unknown>): Promise<Disturbed> {
    const file = join(compute.project.folder, name)
    const submitted = await compute.flowctl('submit', WIDE, '--count', String(COUNT), '--file', file)
    expect([submitted.code, submitted.stderr]).toEqual([0, ''])
    await until(() => executionsIn(file) > COUNT / 3, 'a third of the tasks')
    const at = Date.now()
    await disturb()
    const record = await compute.ended(submitted.stdout)
    const endedAt = Date.now()
    const outcomes = await compute.outcomes(record)
    await judge(record, outcomes)
    return { at, endedAt, outcomes, executions: executionsOf(file) }
  }

  async function judge(record: RunRecord, outcomes: readonly Outcome[]): Promise<void> {
    const store = compute.runStore(`${record.flow}/${record.run}`)
    expect(await store.readEnd()).toMatchObject({ status: 'succeeded', steps: { work: { succeeded: COUNT } } })
    const names = outcomes.map(({ task }) => `${task.step}/${task.task}`)
    expect(names).toHaveLength(COUNT + 3)
    expect(new Set(names).size).toBe(COUNT + 3)
    const total = outcomes.find(({ task }) => task.step === 'end')?.task.artifacts['total']
    const artifacts = new ArtifactStore(fileStore(join(compute.project.folder, 'store')), record.flow)
    expect(total && (await artifacts.load(total))).toBe(COUNT * (COUNT - 1))
  }

  test('one is killed with SIGKILL in the middle: every task has exactly one final outcome', async () => {
    const run = await disturbed('killed', () => victim.stop('SIGKILL'))
    const lost = new Set(
      run.executions.filter(({ worker }) => worker === victim.child.pid).map((execution) => execution.task),
    )
    const again = run.outcomes.filter(
      ({ task }) => task.step === 'work' && lost.has(task.task) && task.startedAt > run.at,
    )
    const [first, last] = [
      Math.min(...again.map(({ task }) => task.startedAt)),
      Math.max(...again.map(({ committedAt }) => committedAt)),
    ]
    console.log(
      `worker killed ${where}: of the ${again.length} tasks it had begun, the first ran again ${seconds(run, first)} s ` +
        `after the kill, all were committed after ${seconds(run, last)} s, the run ended after ${seconds(run)} s; ` +
        `${run.executions.length} executions of ${COUNT} tasks, each with one final outcome`,
    )
    expect(lost.size).toBeGreaterThan(0)
  })

  test('FLUSHALL in the middle: the run completes, and no committed task ran again', async () => {
    await startWorker(0)
    const run = await disturbed('flushed', () => compute.flushAll())
    const late = executionsAfterCommit(run)
    console.log(
      `FLUSHALL with two workers ${where}: the run ended ${seconds(run)} s after it; ${run.executions.length} executions of ${COUNT} tasks, ` +
        `${late.length} of them begun after the commit of their task`,
    )
    expect(late).toEqual([])
  })
})

interface Disturbed {
  readonly at: number
  readonly endedAt: number
  readonly outcomes: readonly Outcome[]
  readonly executions: readonly Execution[]
}

const seconds = ({ at, endedAt }: Disturbed, until = endedAt): string => ((until - at) / 1000).toFixed(1)

function executionsAfterCommit({ outcomes, executions }: Disturbed): Execution[] {
  const committedAt = new Map(
    outcomes.filter(({ task }) => task.step === 'work').map((one) => [one.task.task, one.committedAt]),
  )
  return executions.filter(({ task, at }) => at > (committedAt.get(task) ?? 0) + TICK_MS)
}
