import { current, findCurrentBy, setCurrent, type CurrentInfo } from '@flowctl/core'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { messagesOf } from './problems.ts'

const INFO: CurrentInfo = {
  flowName: 'HelloFlow',
  runId: '17',
  stepName: 'fit',
  taskId: '3.17',
  attempt: 1,
  pathspec: 'HelloFlow/17/fit/3.17',
  originRunId: '12',
  tags: ['nightly'],
  user: 'ada',
  tempDir: '/tmp/task',
  parameters: { trees: 50 },
}

afterEach(() => setCurrent(undefined))

test('current answers with what runs', () => {
  setCurrent(INFO)
  expect(current.isRunning).toBe(true)
  for (const property of Object.keys(INFO) as (keyof CurrentInfo)[]) expect(current[property]).toBe(INFO[property])
  setCurrent({ ...INFO, attempt: 2, originRunId: undefined })
  expect([current.attempt, current.originRunId]).toEqual([2, undefined])
})

test('outside a run it says so', async () => {
  expect(current.isRunning).toBe(false)
  for (const property of Object.keys(INFO) as (keyof CurrentInfo)[]) {
    expect(await messagesOf(() => current[property])).toEqual([
      `CURRENT_OUTSIDE_RUN: current.${property} was read while no step is running.`,
    ])
  }
})

test('what is costly is asked for only when it is read', () => {
  let made = 0
  const lazy = Object.defineProperty({ ...INFO }, 'tempDir', { get: () => `/tmp/${++made}` })
  setCurrent(lazy)
  expect([current.user, made]).toEqual(['ada', 0])
  expect([current.tempDir, made]).toEqual(['/tmp/1', 1])
})

test('it is read-only', () => {
  setCurrent(INFO)
  expect(() => Object.assign(current, { runId: '18' })).toThrow(TypeError)
  expect(() => Object.assign(current, { own: 1 })).toThrow(TypeError)
})

test('where several tasks run at once, whoever asks is told of the own one', () => {
  setCurrent({ ...INFO, taskId: '1' })
  const asking: CurrentInfo[] = []
  findCurrentBy(() => asking.at(-1))
  onTestFinished(() => findCurrentBy(() => undefined))
  expect(current.taskId).toBe('1')
  asking.push({ ...INFO, taskId: '2' })
  expect(current.taskId).toBe('2')
  setCurrent(undefined)
  expect([current.isRunning, current.taskId]).toEqual([true, '2'])
})
