import { serialize } from 'node:v8'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { frameReader } from '../../src/protocol/frames.ts'
import type { Frame } from '../../src/protocol/answers.ts'

function encoded(frame: Frame): Buffer {
  const body = serialize(frame)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length)
  return Buffer.concat([length, body])
}

const line = (text: string): Frame => [
  { type: 'log', step: 's', task: '0', attempt: 0, stream: 'stdout', at: 1, text },
  { type: 'idle' },
]

/** Cuts a buffer at the given places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b)
  return [...cuts, bytes.length].map((end, n) => bytes.subarray(n === 0 ? 0 : cuts[n - 1], end))
}

describe('frames', () => {
  it('come out whole and in order, however the pipe cuts them', () => {
    const texts = fc.array(fc.string({ maxLength: 300 }), { maxLength: 8 })
    fc.assert(
      fc.property(texts, fc.array(fc.nat(), { maxLength: 20 }), (lines, places) => {
        const sent = lines.map(line)
        const got: Frame[] = []
        const read = frameReader((frame) => got.push(frame))
        for (const chunk of cut(Buffer.concat(sent.map(encoded)), places)) read(chunk)
        expect(got).toEqual(sent)
      }),
      { numRuns: 300 },
    )
  })

  it('come out byte by byte', () => {
    const got: Frame[] = []
    const read = frameReader((frame) => got.push(frame))
    for (const byte of Buffer.concat([encoded([]), encoded(line('a')), encoded([])])) read(Buffer.of(byte))
    expect(got).toEqual([[], line('a'), []])
  })

  it('keep the identity of what is shared inside one frame', () => {
    const ref = { hash: 'h', size: 1, type: 'number', preview: '1' }
    const task = (id: string) =>
      ({
        type: 'task',
        step: 's',
        task: id,
        attempt: 0,
        startedAt: 0,
        endedAt: 0,
        result: { ok: true, artifacts: { a: ref }, taken: { kind: 'end' } },
      }) as const
    let got: Frame = []
    frameReader((frame) => (got = frame))(encoded([task('0'), task('1')]))
    const refs = got.map((answer) =>
      answer.type === 'task' && answer.result.ok ? answer.result.artifacts['a'] : undefined,
    )
    expect(refs[0]).toBeDefined()
    expect(refs[0]).toBe(refs[1])
  })

  it('that are long cost no more than their length, in many chunks too', () => {
    const bytes = encoded(line('x'.repeat(64 * 1024 * 1024)))
    const got: Frame[] = []
    const read = frameReader((frame) => got.push(frame))
    const began = performance.now()
    for (let at = 0; at < bytes.length; at += 8192) read(bytes.subarray(at, at + 8192))
    expect(got).toHaveLength(1)
    // Copied anew for every chunk, this is 256 GiB.
    expect(performance.now() - began).toBeLessThan(10_000)
  })
})

describe('what is no frame', () => {
  const garbage = [
    ['text', Buffer.from('hello, this is a log line\n')],
    ['a frame of another value', encoded('not an array' as unknown as Frame)],
    ['bytes of the right length', Buffer.from([0, 0, 0, 3, 1, 2, 3])],
    ['an empty frame', Buffer.from([0, 0, 0, 0])],
  ] as const

  it.each(garbage)('is told once: %s', (_, bytes) => {
    const got: Frame[] = []
    let told = 0
    const read = frameReader(
      (frame) => got.push(frame),
      () => (told += 1),
    )
    read(encoded(line('before')))
    read(bytes)
    read(encoded(line('after')))
    read(bytes)
    expect(got).toEqual([line('before')])
    expect(told).toBe(1)
  })

  it('is not waited for when its length is that of text', () => {
    let told = 0
    const read = frameReader(
      () => {},
      () => (told += 1),
    )
    read(Buffer.from('  \n\n'))
    expect(told).toBe(1)
  })

  it('throws where nobody listens to it', () => {
    const read = frameReader(() => {})
    expect(() => read(Buffer.from('garbage'))).toThrow(/cannot be read/)
  })
})
