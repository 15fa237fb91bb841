import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import { paintFor } from '../../src/format/paint.ts'
import { LiveView } from '../../src/render/live-view.ts'
import { boom, foreachGraph, graphOf, Recorder, START, stepNode, Story, viewOptions } from '../support/run-events.ts'
import { Screen } from '../support/screen.ts'

class Terminal extends Recorder {
  now = START
  readonly view: LiveView

  constructor(notes: readonly string[] = [], ctrlC?: string) {
    super(true)
    const stop = ctrlC === undefined ? {} : { ctrlC }
    this.view = new LiveView({ ...viewOptions(this), notes, ...stop, now: () => this.now })
  }

  play(story: Story, now: number): this {
    this.now = START + now
    for (const event of story.events.splice(0)) this.view.onEvent(event)
    this.view.refresh()
    return this
  }

  /** What a person sees. */
  get screen(): string[] {
    return new Screen(this.columns).write(this.text).lines
  }
}

const header = 'TreesFlow/r7 for user:ada with datastore .flowctl (flowctl 1.2.3)'

test('one line for each running step below what scrolls by', () => {
  const terminal = new Terminal(['Creating a new datastore in .flowctl'])
  const story = new Story(foreachGraph).started(0, 'start').line(100, 'start', 'Hello')
  terminal.play(story, 1500)
  expect(terminal.screen).toEqual([
    header.slice(0, 60),
    header.slice(60),
    'Creating a new datastore in .flowctl',
    '08:12:02.100 [start/0] Hello',
    '> start  0 done, 1 running  1.5 s',
    '  1.5 s so far, Ctrl-C stops the run',
  ])
  story.opened(1600, 'start', 'fit', 3).done(1700, 'start').started(1800, 'fit', '0').started(1800, 'fit', '1')
  story.threw(2000, 'fit', 'retrying', boom, { task: '1', retryAt: 2000 }).done(2100, 'fit', '0')
  terminal.play(story, 3000)
  expect(terminal.screen.slice(4)).toEqual([
    '08:12:03.600 [start/0] Foreach yields 3 child tasks.',
    '08:12:03.700 [start/0] done in 100 ms',
    '08:12:04.000 [fit/1] Task failed (attempt 1 of 4): Error: bo',
    'om (f.ts:12:5)',
    '08:12:04.000 [fit/1] Task will be tried again.',
    '08:12:04.100 [fit/0] done in 100 ms',
    '> fit  1 of 3 done, 1 waiting to be tried again  1.2 s',
    '  3.0 s so far, Ctrl-C stops the run',
  ])
})

test('of a run that goes on elsewhere, it says what Ctrl-C does', () => {
  const terminal = new Terminal([], 'stops following')
  terminal.play(new Story(foreachGraph).started(0, 'start'), 1500)
  expect(terminal.screen.at(-1)).toBe('  1.5 s so far, Ctrl-C stops following')
})

test('failures are named, and the picture goes when the run ends', () => {
  const terminal = new Terminal()
  const story = new Story(foreachGraph).opened(0, 'start', 'fit', 9).started(0, 'fit', '0')
  for (let i = 1; i <= 7; i++)
    story.started(0, 'fit', String(i)).threw(10, 'fit', 'failed', boom, { task: String(i), attempt: 3 })
  story.stopping(20, 'failed', 1)
  terminal.play(story, 1000)
  expect(terminal.screen.slice(-3)).toEqual([
    'Run has failed: nothing new is started, 1 task still running.'.slice(60),
    '! fit  7 of 9 done, 1 running, 7 failed (1, 2, 3, 4, 5 a...',
    '  1.0 s so far, Ctrl-C stops the run',
  ])
  terminal.view.note(START + 1100, 'A note.')
  terminal.play(story.done(1200, 'fit', '0').ended(1300, 'failed'), 1300)
  expect(terminal.screen.slice(-2)).toEqual(['A note.', '08:12:03.200 [fit/0] done in 100 ms'])
  expect(terminal.text.endsWith('\u001B[?25h')).toBe(true)
})

test('nothing is written after the end, not even by a late refresh', () => {
  const terminal = new Terminal()
  terminal.play(new Story(foreachGraph).ended(10, 'succeeded'), 10)
  const { length } = terminal.writes
  terminal.view.refresh()
  terminal.view.finish()
  expect(terminal.writes).toHaveLength(length)
})

test('a wide foreach is one line, and one more when it is done', () => {
  const terminal = new Terminal()
  const story = new Story(foreachGraph).opened(0, 'start', 'fit', 2000)
  for (let i = 0; i < 2000; i++) story.started(i, 'fit', String(i)).done(i, 'fit', String(i))
  terminal.play(story, 2000)
  expect(terminal.screen.slice(2)).toEqual([
    '08:12:02.000 [start/0] Foreach yields 2,000 child tasks.',
    '08:12:03.999 [fit] all 2,000 tasks done in 2.0 s',
    '  2.0 s so far, Ctrl-C stops the run',
  ])
})

test('more steps than rows: the rest is counted', () => {
  const names = Array.from({ length: 12 }, (_, i) => `branch${i}`)
  const graph = graphOf('WideFlow', [
    stepNode('start', { kind: 'split', to: names }),
    ...names.map((name) => stepNode(name, { kind: 'linear', to: 'join' })),
    stepNode('join', { kind: 'linear', to: 'end' }, { join: true }),
    stepNode('end', { kind: 'end' }),
  ])
  const terminal = new Terminal()
  const story = new Story(graph)
  for (const name of names) story.started(0, name)
  terminal.play(story, 10)
  expect(terminal.screen.slice(-3)).toEqual([
    '> branch5  0 done, 1 running  10 ms',
    '  and 6 more steps',
    '  10 ms so far, Ctrl-C stops the run',
  ])
})

describe('on the wire', () => {
  test('all of one picture is one write, and the cursor comes back', () => {
    const terminal = new Terminal()
    terminal.play(new Story(foreachGraph).started(0, 'start').line(1, 'start', 'a').line(2, 'start', 'b'), 5)
    expect(terminal.writes).toHaveLength(2)
    expect(terminal.writes[0]).toBe('\u001B[?25l')
    terminal.view.finish()
    expect(terminal.writes.at(-1)).toBe('\u001B[?25h')
  })

  test('colours do not change the words', () => {
    const output = new Recorder(true)
    const paint = paintFor(output, {})
    const view = new LiveView({
      output,
      paint,
      cwd: '/flows',
      datastore: 'd',
      version: '1',
      program: 'flowctl',
      now: () => START,
    })
    const story = new Story(foreachGraph).started(0, 'start').threw(10, 'start', 'failed', boom).ended(20, 'failed')
    for (const event of story.events) view.onEvent(event)
    expect(output.text).toContain('\u001B[31m')
    expect(stripVTControlCharacters(output.text)).toContain(
      '08:12:02.010 [start/0] Task failed: Error: boom (f.ts:12:5)\n',
    )
  })
})
