import { describe, expect, it } from 'vitest'
import { Transcript } from './match.ts'
import { readPage } from './page.ts'

const page = `
# Title
\`\`\`ts file=a.ts
const a = 1
\`\`\`
\`\`\`sh
not read
\`\`\`
\`\`\`console exit=2
$ one
first
$ two

second
\`\`\`
`

describe('reading a page', () => {
  it('finds files and sessions', () => {
    expect(readPage(page)).toEqual([
      { kind: 'file', line: 3, name: 'a.ts', text: 'const a = 1\n', typeErrors: false },
      {
        kind: 'console',
        line: 9,
        commands: [
          { line: 10, command: 'one', expected: ['first'], exit: 0, anyOrder: false },
          { line: 12, command: 'two', expected: ['', 'second'], exit: 2, anyOrder: false },
        ],
      },
    ])
  })

  it('refuses an open block and output without a command', () => {
    expect(() => readPage('```ts file=a.ts\nx')).toThrow('line 1: this block is not closed')
    expect(() => readPage('```console\nx\n```')).toThrow('line 2: a console block begins with a $ command')
  })
})

describe('comparing', () => {
  const transcript = (): Transcript => new Transcript(/r-\d+/)

  it('overlooks times, durations and process ids', () => {
    const said = ['2026-11-23 08:12:02.388 [r-1/a/0 (pid 9)] took 1.2 s']
    const printed = ['2027-01-01 00:00:00.001 [r-77/a/0 (pid 1234)] took 12 ms']
    expect(transcript().difference(said, printed, false)).toBeUndefined()
  })

  it('tells a line that differs, is missing, or is too much', () => {
    expect(transcript().difference(['a', 'b'], ['a', 'c'], false)).toMatch('line 2 is not: b')
    expect(transcript().difference(['a', 'b'], ['a'], false)).toMatch('not printed: b')
    expect(transcript().difference(['a'], ['a', 'b'], false)).toMatch('not on the page: b')
  })

  it('reads ... inside a line and between lines', () => {
    expect(transcript().difference(['a ... z', '...', 'end'], ['a to z', '1', '2', 'end'], false)).toBeUndefined()
    expect(transcript().difference(['a', '...'], ['a', '1', '2'], false)).toBeUndefined()
    expect(transcript().difference(['...', 'end'], ['1', '2'], false)).toMatch('not printed: end')
  })

  it('compares lines in any order when told so', () => {
    expect(transcript().difference(['a', 'b'], ['b', 'a'], true)).toBeUndefined()
    expect(transcript().difference(['a', 'b'], ['b', 'b'], true)).toMatch('not printed: a')
    expect(transcript().difference(['a'], ['b', 'a'], true)).toMatch('not on the page: b')
  })

  it('keeps run ids consistent, and puts the real ones into commands', () => {
    const one = transcript()
    expect(one.difference(['run r-1', 'again r-1'], ['run r-50', 'again r-50'], false)).toBeUndefined()
    expect(one.command('logs F/r-1/start')).toBe('logs F/r-50/start')
    expect(one.difference(['r-1'], ['r-51'], false)).toMatch('line 1 is not: r-1')
    expect(one.difference(['r-2'], ['r-51'], false)).toBeUndefined()
  })

  it("puts what was printed in the place of what the page says, with the page's run ids", () => {
    const one = transcript()
    one.difference(['r-1'], ['r-50'], false)
    expect(one.adopt(['new r-2'], ['', 'old r-50', 'new r-51', 'other r-52', ''])).toEqual([
      'old r-1',
      'new r-2',
      'other r-52',
    ])
    expect(one.command('r-2')).toBe('r-51')
  })
})
