import { expect, it } from 'vitest'
import type { RunEvent } from '@flowctl/engine'
import type { LocalRun } from '@flowctl/runs'
import { bench, given, whatIsLeft, type Bench } from './open.ts'

/** Everything that does not depend on time and place: outcomes, attempts, artifacts and lines of every task. */
async function resultsOf(
  { store, open }: Bench,
  parameters: Record<string, string>,
  options: { with?: readonly string[]; maxWorkers?: number },
): Promise<Readonly<Record<string, unknown>>> {
  const opened = await open('waiting', options)
  const run = await opened.run({ parameters: given(parameters), user: 'tester' })
  const { end, tasks, reader, runStore } = await whatIsLeft(store, run)
  const results: Record<string, unknown> = { status: end.status, steps: end.steps }
  for (const { step, task, outcome, artifacts, taken } of tasks) {
    const attempts = await reader.attempts(step, task)
    const hashes = Object.entries(artifacts).map(([name, { hash }]) => (name === 'failure' ? name : `${name} ${hash}`))
    const lines = attempts.map(async ({ attempt, error, log }) => {
      const written = log === undefined ? [] : await runStore.readLog(log)
      return [attempt, error?.message, ...written.map(({ stream, text }) => `${stream} ${text}`)]
    })
    results[`${step}/${task}`] = { outcome, taken, hashes: hashes.toSorted(), attempts: await Promise.all(lines) }
  }
  return results
}

it('@concurrent changes nothing of what becomes of tasks', async () => {
  const place = await bench()
  const alone = await resultsOf(place, {}, { maxWorkers: 2 })
  expect(alone['steps']).toMatchObject({ ask: { succeeded: 57, caught: 3 } })
  for (const [maxWorkers, concurrent] of [
    [1, 50],
    [2, 7],
  ] as const) {
    expect(await resultsOf(place, {}, { maxWorkers, with: [`concurrent:${concurrent}`] })).toEqual(alone)
  }
})

it('a task that holds the process is charged with its time limit alone', async () => {
  const place = await bench()
  const parameters = { count: '30', blocker: '12' }
  const results = await resultsOf(place, parameters, { maxWorkers: 2, with: ['concurrent:10'] })
  expect(results['ask/12']).toMatchObject({
    outcome: 'succeeded',
    attempts: [
      [0, expect.stringMatching(/limit of its @timeout/), 'stdout asking 12', ...Array(4).fill(expect.anything())],
      expect.anything(),
    ],
  })
  const alone = await resultsOf(place, { count: '30' }, { maxWorkers: 2 })
  const { 'ask/12': _charged, 'answer/12': _after, ...others } = results
  const { 'ask/12': _free, 'answer/12': _answer, ...expected } = alone
  expect(others).toEqual(expected)
})

it('a run that is cancelled while tasks wait keeps what has ended, and is resumed', async () => {
  const { store, open } = await bench()
  const opened = await open('waiting', { maxWorkers: 1, with: ['concurrent:40'] })
  let ended = 0
  const started: LocalRun[] = []
  const onEvent = ({ type }: RunEvent): void => {
    if (type === 'task-ended') ended += 1
    if (ended >= 140) started[0]?.cancel('test')
  }
  const run = await opened.run({ parameters: given({ count: '200' }), user: 'tester', onEvent })
  started.push(run)
  const first = await whatIsLeft(store, run)
  expect(first.end.status).toBe('cancelled')
  expect(first.tasks.filter((one) => one.step === 'answer').length).toBeGreaterThan(40)
  const second = await whatIsLeft(store, await opened.resume(await opened.planResume({}), { user: 'tester' }))
  expect(second.end).toMatchObject({
    status: 'succeeded',
    steps: { ask: { succeeded: 190, caught: 10 }, answer: { succeeded: 200 } },
  })
  expect(second.end.steps['ask']?.adopted).toBeGreaterThan(40)
})

it('a task that fails for good stops the run; those that wait beside it end and are kept', async () => {
  const { store, open } = await bench()
  const opened = await open('waiting', { maxWorkers: 1, with: ['concurrent:40'] })
  const run = await opened.run({ parameters: given({ count: '400', fatal: '45' }), user: 'tester' })
  const { end, tasks } = await whatIsLeft(store, run)
  expect(end).toMatchObject({
    status: 'failed',
    failure: { step: 'answer', task: '45', error: { message: 'fatal' } },
  })
  const kept = tasks.filter((one) => one.step === 'answer' && one.outcome === 'succeeded')
  expect(kept.length).toBeGreaterThan(40)
  expect(tasks.filter((one) => one.outcome === 'failed')).toHaveLength(1)
})
