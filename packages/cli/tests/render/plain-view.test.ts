import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { PlainView } from '../../src/render/plain-view.ts'
import { boom, foreachGraph, graphOf, Recorder, stepNode, Story, viewOptions } from '../support/run-events.ts'

function show(story: Story, options: { quiet?: boolean; notes?: string[] } = {}): string[] {
  const output = new Recorder()
  const view = new PlainView({ ...viewOptions(output), quiet: false, ...options })
  for (const event of story.events) view.onEvent(event)
  view.finish()
  return output.text.split('\n').slice(0, -1)
}

const hello = graphOf('HelloFlow', [stepNode('start', { kind: 'linear', to: 'end' }), stepNode('end', { kind: 'end' })])

test('a linear flow', () => {
  const story = new Story(hello)
    .started(10, 'start')
    .line(388, 'start', 'Hello World!')
    .line(389, 'start', '  on stderr', '0', 'stderr')
    .done(400, 'start')
    .started(410, 'end')
    .done(500, 'end')
    .ended(510, 'succeeded')
  expect(show(story, { notes: ['Creating a new datastore in .flowctl'] })).toEqual([
    '2026-11-23 08:12:02.000 flowctl 1.2.3 runs HelloFlow for user:ada with datastore .flowctl',
    '2026-11-23 08:12:02.000 Creating a new datastore in .flowctl',
    '2026-11-23 08:12:02.000 Run HelloFlow/r7 is starting.',
    '2026-11-23 08:12:02.010 [HelloFlow/r7/start/0 (pid 9)] Task is starting.',
    '2026-11-23 08:12:02.388 [HelloFlow/r7/start/0 (pid 9)] Hello World!',
    '2026-11-23 08:12:02.389 [HelloFlow/r7/start/0 (pid 9)]   on stderr',
    '2026-11-23 08:12:02.400 [HelloFlow/r7/start/0 (pid 9)] Task finished successfully.',
    '2026-11-23 08:12:02.410 [HelloFlow/r7/end/0 (pid 9)] Task is starting.',
    '2026-11-23 08:12:02.500 [HelloFlow/r7/end/0 (pid 9)] Task finished successfully.',
    '2026-11-23 08:12:02.510 Done! Run HelloFlow/r7 took 510 ms.',
    '2026-11-23 08:12:02.510 See what it stored: flowctl dump HelloFlow/r7/end',
  ])
})

test('quiet: what tasks write, and failures', () => {
  const story = new Story(foreachGraph)
    .started(10, 'start')
    .line(20, 'start', 'hi')
    .opened(30, 'start', 'fit', 2)
    .done(40, 'start')
    .started(50, 'fit', '0', 0, "'a'")
    .threw(60, 'fit', 'failed', boom, { attempt: 3, input: "'a'" })
    .stopping(61, 'failed', 0)
    .ended(70, 'failed')
  expect(show(story, { quiet: true })).toEqual([
    '2026-11-23 08:12:02.020 [TreesFlow/r7/start/0 (pid 9)] hi',
    "2026-11-23 08:12:02.060 [TreesFlow/r7/fit/0 (pid 9)] Task failed (input: 'a', attempt 4 of 4): Error: boom (f.ts:12:5)",
  ])
})

test('foreach, retry, catch, failure, stopping', () => {
  const story = new Story(foreachGraph, 'r6')
    .adopted(0, 'start', 1)
    .opened(10, 'start', 'fit', 3)
    .started(20, 'fit', '0')
    .threw(30, 'fit', 'retrying', { ...boom, message: 'boom\nbang' }, { retryAt: 30 })
    .started(40, 'fit', '0', 1)
    .threw(50, 'fit', 'retrying', boom, { attempt: 1, retryAt: 120_050 })
    .threw(
      60,
      'fit',
      'caught',
      { kind: 'signal', name: 'Error', message: 'killed by SIGKILL' },
      { task: '1', attempt: 3 },
    )
    .threw(70, 'fit', 'failed', { ...boom, code: 'TASK_ODD' }, { task: '2', attempt: 3, input: '7' })
    .stopping(71, 'failed', 2)
    .stopping(72, 'cancelled', 1)
    .ended(2070, 'failed')
  expect(show(story).slice(1)).toEqual([
    '2026-11-23 08:12:02.000 Run TreesFlow/r7 is starting, resuming TreesFlow/r6.',
    '2026-11-23 08:12:02.000 [TreesFlow/r7/start] 1 task taken over from the origin run.',
    '2026-11-23 08:12:02.010 [TreesFlow/r7/start/0] Foreach yields 3 child tasks.',
    '2026-11-23 08:12:02.020 [TreesFlow/r7/fit/0 (pid 9)] Task is starting.',
    '2026-11-23 08:12:02.030 [TreesFlow/r7/fit/0 (pid 9)] Task failed (attempt 1 of 4): Error: boom',
    '2026-11-23 08:12:02.030 [TreesFlow/r7/fit/0 (pid 9)] bang (f.ts:12:5)',
    '2026-11-23 08:12:02.030 [TreesFlow/r7/fit/0 (pid 9)] Task will be tried again.',
    '2026-11-23 08:12:02.040 [TreesFlow/r7/fit/0 (pid 9)] Task is starting (attempt 2 of 4).',
    '2026-11-23 08:12:02.050 [TreesFlow/r7/fit/0 (pid 9)] Task failed (attempt 2 of 4): Error: boom (f.ts:12:5)',
    '2026-11-23 08:12:02.050 [TreesFlow/r7/fit/0 (pid 9)] Task will be tried again in 2 min.',
    '2026-11-23 08:12:02.060 [TreesFlow/r7/fit/1 (pid 9)] Task failed (attempt 4 of 4): Error: killed by SIGKILL',
    '2026-11-23 08:12:02.060 [TreesFlow/r7/fit/1 (pid 9)] Task is done all the same: @catchError caught the error.',
    '2026-11-23 08:12:02.070 [TreesFlow/r7/fit/2 (pid 9)] Task failed (input: 7, attempt 4 of 4): Error [TASK_ODD]: boom (f.ts:12:5)',
    '2026-11-23 08:12:02.071 [TreesFlow/r7] Run has failed: nothing new is started, 2 tasks still running.',
    '2026-11-23 08:12:02.072 [TreesFlow/r7] Run is cancelled: nothing new is started, 1 task still running.',
    '2026-11-23 08:12:04.070 Run TreesFlow/r7 failed after 2.1 s.',
  ])
})

test('a foreach names the process of the task that opened it', () => {
  const story = new Story(foreachGraph)
    .started(10, 'start')
    .opened(20, 'start', 'fit', 1)
    .opened(30, 'start', 'fit', 0, '1')
  expect(show(story).slice(-2)).toEqual([
    '2026-11-23 08:12:02.020 [TreesFlow/r7/start/0 (pid 9)] Foreach yields 1 child task.',
    '2026-11-23 08:12:02.030 [TreesFlow/r7/start/1] Foreach yields no child tasks.',
  ])
})

test('a wide foreach tells its progress once a second, and every failure and line', () => {
  const story = new Story(foreachGraph).opened(0, 'start', 'fit', 1000)
  for (let i = 0; i < 1000; i++) {
    story.started(i * 4, 'fit', String(i))
    if (i === 500) story.line(i * 4 + 1, 'fit', 'half way', '500')
    if (i === 600) story.threw(i * 4 + 2, 'fit', 'retrying', boom, { task: '600', retryAt: 0 })
    else story.done(i * 4 + 2, 'fit', String(i))
  }
  story.started(4010, 'fit', '600', 1).done(4020, 'fit', '600', 1)
  expect(show(story).slice(2)).toEqual([
    '2026-11-23 08:12:02.000 [TreesFlow/r7/start/0] Foreach yields 1,000 child tasks.',
    '2026-11-23 08:12:03.002 [TreesFlow/r7/fit] 251 of 1,000 done.',
    '2026-11-23 08:12:04.001 [TreesFlow/r7/fit/500 (pid 9)] half way',
    '2026-11-23 08:12:04.002 [TreesFlow/r7/fit] 501 of 1,000 done.',
    '2026-11-23 08:12:04.402 [TreesFlow/r7/fit/600 (pid 9)] Task failed (attempt 1 of 4): Error: boom (f.ts:12:5)',
    '2026-11-23 08:12:04.402 [TreesFlow/r7/fit/600 (pid 9)] Task will be tried again.',
    '2026-11-23 08:12:05.002 [TreesFlow/r7/fit] 750 of 1,000 done, 1 waiting to be tried again.',
    '2026-11-23 08:12:06.020 [TreesFlow/r7/fit] All 1,000 tasks done in 4.0 s.',
  ])
})

test('50 tasks are shown one by one, 51 are not', () => {
  const narrow = show(new Story(foreachGraph).opened(0, 'start', 'fit', 50).started(1, 'fit'))
  expect(narrow.at(-1)).toContain('Task is starting.')
  const wide = show(new Story(foreachGraph).opened(0, 'start', 'fit', 51).started(1, 'fit'))
  expect(wide.at(-1)).toContain('Foreach yields 51 child tasks.')
})

test('lines of one turn of the event loop are one write, and none waits longer', async () => {
  const output = new Recorder()
  const view = new PlainView({ ...viewOptions(output), quiet: true })
  const story = new Story(hello).line(1, 'start', 'one').line(2, 'start', 'two')
  for (const event of story.events) view.onEvent(event)
  expect(output.writes).toHaveLength(0)
  await setImmediate()
  await setImmediate()
  expect(output.writes).toHaveLength(1)
  expect(output.text.split('\n')).toHaveLength(3)
})

test('much output is not held back', () => {
  const output = new Recorder()
  const view = new PlainView({ ...viewOptions(output), quiet: true })
  const [started] = new Story(hello).events
  if (started !== undefined) view.onEvent(started)
  const line = 'x'.repeat(1000)
  for (const event of Array.from({ length: 200 }, () => new Story(hello).line(1, 'start', line).events[1])) {
    if (event !== undefined) view.onEvent(event)
  }
  expect(output.writes.length).toBeGreaterThan(1)
  view.finish()
  expect(output.text.match(/x{1000}\n/g)).toHaveLength(200)
})

test('a hundred thousand tasks cost little', () => {
  const output = new Recorder()
  const view = new PlainView({ ...viewOptions(output), quiet: false })
  const story = new Story(foreachGraph).opened(0, 'start', 'fit', 100_000)
  for (let i = 0; i < 100_000; i++) story.started(i / 100, 'fit', String(i)).done(i / 100, 'fit', String(i))
  const before = performance.now()
  for (const event of story.events) view.onEvent(event)
  view.finish()
  expect(performance.now() - before).toBeLessThan(10_000)
  expect(output.text.split('\n').length).toBeLessThan(10)
})
