import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TaskLogs, TRUNCATED } from '../../src/execute/task-logs.ts'

const one = { step: 's', task: '0', attempt: 0 }
const other = { step: 's', task: '1', attempt: 0 }
const MAX_LINE = 64 * 1024

const texts = (lines: readonly { text: string }[]): string[] => lines.map((line) => line.text)

describe('lines of a task', () => {
  it('are kept in order, by attempt', () => {
    const logs = new TaskLogs(1000)
    logs.add(one, 'stdout', 1, 'first')
    logs.add(other, 'stdout', 2, 'of another')
    logs.add({ ...one, attempt: 1 }, 'stdout', 3, 'of another attempt')
    logs.add(one, 'stderr', 4, 'second')
    expect(logs.linesOf(one)).toEqual([
      { at: 1, stream: 'stdout', text: 'first' },
      { at: 4, stream: 'stderr', text: 'second' },
    ])
    expect(texts(logs.linesOf({ ...one, attempt: 1 }))).toEqual(['of another attempt'])
    expect(logs.linesOf({ step: 't', task: '0', attempt: 0 })).toEqual([])
  })

  it('are shown even when they are kept no more', () => {
    const logs = new TaskLogs(10)
    expect(texts(logs.add(one, 'stdout', 1, '12345'))).toEqual(['12345'])
    expect(texts(logs.add(one, 'stdout', 2, '6789'))).toEqual(['6789'])
    expect(texts(logs.add(one, 'stdout', 3, 'x'))).toEqual(['x'])
    expect(texts(logs.linesOf(one))).toEqual(['12345', TRUNCATED])
  })

  it('count with their line ends, in bytes', () => {
    const fits = new TaskLogs(8)
    fits.add(one, 'stdout', 1, 'abc')
    fits.add(one, 'stdout', 1, 'äb')
    expect(texts(fits.linesOf(one))).toEqual(['abc', 'äb'])
    const full = new TaskLogs(7)
    full.add(one, 'stdout', 1, 'abc')
    full.add(one, 'stdout', 1, 'äb')
    expect(texts(full.linesOf(one))).toEqual(['abc', TRUNCATED])
  })

  it('are limited for each attempt by itself, and said to be truncated once', () => {
    const logs = new TaskLogs(4)
    for (let n = 0; n < 5; n += 1) logs.add(one, 'stderr', n, 'abcdef')
    logs.add(other, 'stdout', 9, 'abc')
    expect(logs.linesOf(one)).toEqual([{ at: 0, stream: 'stderr', text: TRUNCATED }])
    expect(texts(logs.linesOf(other))).toEqual(['abc'])
  })
})

describe('raw output', () => {
  it('becomes the same lines in whatever pieces it comes', () => {
    const line = fc.string({ maxLength: 12 }).map((text) => text.replaceAll(/[\r\n]/g, ''))
    const end = fc.constantFrom('\n', '\r\n')
    fc.assert(
      fc.property(fc.array(fc.tuple(line, end)), fc.array(fc.nat({ max: 200 })), (lines, places) => {
        const text = lines.map(([words, ending]) => words + ending).join('')
        const cuts = [...new Set(places)].filter((place) => place < text.length).sort((a, b) => a - b)
        const logs = new TaskLogs(1e6)
        const shown = [...cuts, text.length].flatMap((to, n) =>
          logs.addRaw(one, 'stdout', 1, text.slice(n === 0 ? 0 : cuts[n - 1], to)),
        )
        expect(texts(shown)).toEqual(lines.map(([words]) => words))
        expect(texts(logs.linesOf(one))).toEqual(texts(shown))
        expect(logs.close()).toEqual([])
      }),
    )
  })

  it('without a line end is kept and shown at the close, once', () => {
    const logs = new TaskLogs(1000)
    expect(logs.addRaw(one, 'stdout', 5, 'done\nwith')).toEqual([{ ...one, at: 5, stream: 'stdout', text: 'done' }])
    expect(logs.addRaw(one, 'stderr', 6, 'err')).toEqual([])
    expect(logs.addRaw(one, 'stdout', 7, 'out')).toEqual([])
    expect(logs.close()).toEqual([
      { ...one, at: 7, stream: 'stdout', text: 'without' },
      { ...one, at: 6, stream: 'stderr', text: 'err' },
    ])
    expect(texts(logs.linesOf(one))).toEqual(['done', 'without', 'err'])
    expect(logs.close()).toEqual([])
  })

  it('of one attempt is not continued by another', () => {
    const logs = new TaskLogs(1000)
    logs.addRaw(one, 'stdout', 1, 'mine')
    const shown = logs.addRaw(other, 'stdout', 2, 'yours\n')
    expect(shown.map(({ task, text }) => `${task} ${text}`)).toEqual(['0 mine', '1 yours'])
    expect(texts(logs.linesOf(one))).toEqual(['mine'])
    expect(texts(logs.linesOf(other))).toEqual(['yours'])
  })

  it('that takes back what it wrote leaves what a terminal would show', () => {
    const logs = new TaskLogs(1000)
    for (const percent of ['10%', '55%', '100%']) expect(logs.addRaw(one, 'stderr', 1, `\r${percent}`)).toEqual([])
    expect(texts(logs.addRaw(one, 'stderr', 2, '\r\nfine\n'))).toEqual(['100%', 'fine'])
  })

  it('without any line end does not pile up', () => {
    const logs = new TaskLogs(10 * MAX_LINE)
    const bar = `\r${'='.repeat(1000)}`
    for (let n = 0; n < 1000; n += 1) logs.addRaw(one, 'stderr', n, bar)
    expect(texts(logs.close())).toEqual(['='.repeat(1000)])

    const shown = Array.from({ length: 300 }, () => logs.addRaw(one, 'stdout', 1, 'x'.repeat(1000))).flat()
    expect(texts(shown).map((text) => text.length)).toEqual([MAX_LINE, MAX_LINE, MAX_LINE, MAX_LINE])
    const rest = logs.close().reduce((sum, { text }) => sum + text.length, 0)
    expect(rest).toBe(300_000 - 4 * MAX_LINE)
  })

  it('is cut where one piece holds more than a line may', () => {
    const logs = new TaskLogs(1e7)
    const shown = logs.addRaw(one, 'stdout', 1, `${'y'.repeat(2 * MAX_LINE + 5)}\nshort\n`)
    expect(texts(shown).map((text) => text.length)).toEqual([MAX_LINE, MAX_LINE, 5, 5])
  })

  it('keeps empty lines', () => {
    expect(texts(new TaskLogs(100).addRaw(one, 'stdout', 1, '\n\nx\n'))).toEqual(['', '', 'x'])
  })
})
