import { expect, test } from 'vitest'
import { JsonView } from '../../src/render/json-view.ts'
import { boom, foreachGraph, Recorder, START, Story, viewOptions } from '../support/run-events.ts'

test('one JSON event a line', () => {
  const output = new Recorder()
  const view = new JsonView(viewOptions(output))
  const story = new Story(foreachGraph, 'r6')
    .line(5, 'start', 'two\nlines "quoted"')
    .threw(6, 'start', 'failed', boom)
    .ended(7, 'failed')
  for (const event of story.events) view.onEvent(event)
  view.note()
  view.finish()
  const lines = output.text.split('\n')
  expect(lines.pop()).toBe('')
  const base = { at: START + 6, step: 'start', task: '0', attempt: 0, pid: 9 }
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    {
      type: 'run-started',
      at: START,
      flow: 'TreesFlow',
      run: 'r7',
      pathspec: 'TreesFlow/r7',
      file: 'trees flow.ts',
      user: 'ada',
      datastore: '.flowctl',
      systemTags: ['user:ada'],
      origin: { run: 'r6' },
    },
    { ...base, type: 'line', at: START + 5, stream: 'stdout', text: 'two\nlines "quoted"' },
    { ...base, type: 'task-ended', startedAt: START - 94, outcome: 'failed', error: boom },
    { type: 'run-ended', at: START + 7, startedAt: START, status: 'failed' },
  ])
})
