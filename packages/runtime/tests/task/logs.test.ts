import { expect, test } from 'vitest'
import { LineBuffer } from '../../src/answers/line-buffer.ts'
import { testFlow } from './harness.ts'

const logged = async (body: string, more = '') => {
  const flow = await testFlow(`
${more}
export class Logging extends FlowSpec {
  @step async start() { ${body}; this.next(this.end) }
  @step end() {}
}`)
  return { flow, answers: await flow.slice('start') }
}

test('everything written through the streams becomes lines of the task', async () => {
  const { answers } = await logged(`
    console.log('one', { two: 2 })
    console.error('on stderr')
    console.warn('a\\nb')
    process.stdout.write('par')
    process.stdout.write(Buffer.from('tial\\r\\nnext'))
    process.stdout.write('7061', 'hex')
    await new Promise<void>((resolve) => process.stdout.write('\\n', () => resolve()))
    await new Promise<void>((resolve) => process.stderr.write('callback\\n', 'utf8', () => resolve()))
    process.stdout.write('ä'.repeat(3) + '\\n')
    process.stdout.write(Buffer.from([0xc3])); process.stdout.write(Buffer.from([0xa4, 0x0a]))
    process.stdout.write('no end')`)
  expect(answers.logs.filter((log) => log.stream === 'stdout').map((log) => log.text)).toEqual([
    'one { two: 2 }',
    'partial',
    'nextpa',
    'äää',
    'ä',
    'no end',
  ])
  expect(answers.logs.filter((log) => log.stream === 'stderr').map((log) => log.text)).toEqual([
    'on stderr',
    'a',
    'b',
    'callback',
  ])
  expect(answers.logs[0]).toMatchObject({ step: 'start', task: '0', attempt: 0, at: expect.any(Number) })
})

test('lines arrive while the step still runs', async () => {
  const flow = await testFlow(`
export class Talking extends FlowSpec {
  @step async start() { console.log('early'); await new Promise((r) => setTimeout(r, 600)); this.next(this.end) }
  @step end() {}
}`)
  let seen = 0
  const answers = await flow.slice('start', { onEach: (answer) => (seen ||= answer.type === 'log' ? Date.now() : 0) })
  expect(answers.last.endedAt - seen).toBeGreaterThan(300)
})

test('what is written while no task runs goes to the real streams', async () => {
  const { flow } = await logged('null', `console.log('while loading')`)
  flow.process.disconnect()
  await flow.process.exited
  expect(flow.process.raw.stdout).toBe('while loading\n')
})

test('a flood of lines is complete and in order', async () => {
  const { answers } = await logged('for (let i = 0; i < 50_000; i += 1) console.log(i)')
  expect(answers.lines).toHaveLength(50_000)
  expect(answers.lines.every((line, i) => line === String(i))).toBe(true)
})

const linesOf = (...chunks: string[]): string[] => {
  const lines: string[] = []
  const buffer = new LineBuffer((line) => lines.push(line))
  for (const chunk of chunks) buffer.write(chunk)
  buffer.end()
  return lines
}

test.each([
  [['a\nb\n'], ['a', 'b']],
  [
    ['a\r\nb\r', '\nc'],
    ['a', 'b', 'c'],
  ],
  [['\n\n'], ['', '']],
  [['10%\r', '20%\r', '100%\n'], ['100%']],
  [['a\rbc\rd'], ['d']],
  [['', 'x', '', 'y'], ['xy']],
  [['only\r'], ['only']],
])('%j is the lines %j', (chunks, lines) => {
  expect(linesOf(...chunks)).toEqual(lines)
})

test('a line without end is cut into pieces of 64 KiB', () => {
  const piece = 64 * 1024
  expect(linesOf('x'.repeat(2 * piece + 5)).map((line) => line.length)).toEqual([piece, piece, 5])
  expect(linesOf(...Array.from({ length: 300 }, () => 'y'.repeat(1000))).map((line) => line.length)).toEqual([
    ...Array.from({ length: 4 }, () => piece),
    300_000 - 4 * piece,
  ])
  expect(linesOf(`${'z'.repeat(piece)}\nend`).map((line) => line.length)).toEqual([piece, 3])
})
