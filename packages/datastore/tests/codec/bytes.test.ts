import { createHash } from 'node:crypto'
import { decodeValue, encodeValue } from '@flowctl/datastore'
import { describe, expect, test } from 'vitest'

const joined = (value: unknown): Buffer => Buffer.concat(encodeValue(value, 'value').chunks)

describe('binary values at the top', () => {
  const memory = new ArrayBuffer(48)
  new Uint8Array(memory).forEach((_, i, all) => (all[i] = i * 5))
  const VALUES = {
    Int8Array: new Int8Array(memory, 3, 5),
    Uint8Array: new Uint8Array(memory),
    Uint8ClampedArray: new Uint8ClampedArray(memory, 1),
    Int16Array: new Int16Array(memory, 2, 4),
    Uint16Array: new Uint16Array(memory, 6),
    Int32Array: new Int32Array(memory, 4),
    Uint32Array: new Uint32Array(memory, 4, 2),
    Float32Array: new Float32Array(memory, 8),
    Float64Array: new Float64Array(memory, 8, 3),
    BigInt64Array: new BigInt64Array(memory, 16),
    BigUint64Array: new BigUint64Array(memory),
    Buffer: Buffer.from(memory, 5, 9),
    ArrayBuffer: memory,
    DataView: new DataView(memory, 3, 7),
    'empty Float64Array': new Float64Array(0),
    'empty Buffer': Buffer.alloc(0),
  }

  test.each(Object.entries(VALUES))('%s, alone and inside', (_, value) => {
    for (const back of [decodeValue(joined(value)), (decodeValue(joined({ v: [value] })) as { v: unknown[] }).v[0]]) {
      expect(Object.getPrototypeOf(back)).toBe(Object.getPrototypeOf(value))
      expect(back).toStrictEqual(value)
    }
  })

  test('are not copied when they are stored', () => {
    const array = new Float64Array(1000)
    const { chunks, size, hash } = encodeValue(array, 'a')
    expect(chunks).toHaveLength(2)
    expect(chunks[1]?.buffer).toBe(array.buffer)
    expect(size).toBe(8008)
    expect(hash).toBe(
      createHash('sha256')
        .update(chunks[0] as Uint8Array)
        .update(chunks[1] as Uint8Array)
        .digest('hex'),
    )
    const part = Buffer.from('0123456789').subarray(2, 5)
    expect(encodeValue(part, 'b').chunks[1]?.byteLength).toBe(3)
  })

  test('of shared memory are copied, for others may write to it meanwhile', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(4))
    shared[1] = 7
    const { chunks } = encodeValue(shared, 's')
    shared[1] = 8
    expect(decodeValue(Buffer.concat(chunks))).toEqual(Uint8Array.of(0, 7, 0, 0))
  })

  test('a decoded value shares no memory with the bytes it came from', () => {
    for (const value of [
      new Float64Array([1, 2]),
      { inside: [new Float64Array([1, 2])] },
      Buffer.from('ab'),
      { b: Buffer.from('ab') },
    ]) {
      const bytes = joined(value)
      const first = decodeValue(bytes)
      bytes.fill(0xff, 8)
      expect(first).toStrictEqual(value)
    }
  })

  test('a number of bytes that makes no whole items', () => {
    const bytes = joined(new Float64Array(2)).subarray(0, 21)
    expect(() => decodeValue(bytes)).toThrow(expect.objectContaining({ code: 'ARTIFACT_NOT_A_VALUE' }))
  })
})

describe('compression', () => {
  test('of large values that it makes smaller', () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => ({ name: `row number ${i % 100}`, ok: true }))
    const { size, chunks } = encodeValue(rows, 'rows')
    expect(chunks[0]?.[6]).toBe(1)
    expect(size).toBeLessThan(100_000)
    expect(decodeValue(Buffer.concat(chunks))).toEqual(rows)
  })

  test('not of noise, nor of small values, nor of arrays of bytes', () => {
    let state = 1
    const noise = Array.from({ length: 20_000 }, () => {
      state = (state * 1103515245 + 12345) % 2 ** 31
      return Math.sin(state)
    })
    expect(joined(noise)[6]).toBe(0)
    expect(decodeValue(joined(noise))).toEqual(noise)
    expect(joined('a'.repeat(1000))[6]).toBe(0)
    expect(joined(new Uint8Array(200_000))[6]).toBe(0)
    expect(joined(new Uint8Array(200_000)).length).toBe(200_008)
  })
})

describe('the header', () => {
  const bytes = joined({ a: 1 })
  const changed = (at: number, to: number): Uint8Array => Uint8Array.from(bytes, (byte, i) => (i === at ? to : byte))

  test('is eight bytes', () => {
    expect(bytes.subarray(0, 4).toString()).toBe('FLOW')
    expect([...bytes.subarray(4, 7)]).toEqual([1, 1, 0])
    expect(bytes[7]).toBe(bytes[9])
  })

  test('of a newer format or a newer V8 says what to update', () => {
    expect(() => decodeValue(changed(4, 2))).toThrow(
      expect.objectContaining({
        code: 'ARTIFACT_NEWER_FORMAT',
        message: expect.stringContaining('format 2') as string,
      }),
    )
    expect(() => decodeValue(changed(7, 99))).toThrow(
      expect.objectContaining({
        code: 'ARTIFACT_NEWER_V8',
        message: expect.stringMatching(/wire format 99.*Node\.js \d+\.\d+/) as string,
        fix: expect.stringContaining('Node.js version') as string,
      }),
    )
  })

  test.each([
    ['nothing', new Uint8Array(0)],
    ['a few bytes', bytes.subarray(0, 5)],
    ['JSON', new TextEncoder().encode('{"some":"json"}')],
    ['an unknown codec', changed(5, 9)],
    ['an unknown compression', changed(6, 9)],
    ['damaged compression', changed(6, 1)],
    ['half a value', bytes.subarray(0, bytes.length - 2)],
    ['instances without their table', changed(5, 2)],
  ])('%s is no value', (_, wrong) => {
    expect(() => decodeValue(wrong)).toThrow(expect.objectContaining({ code: 'ARTIFACT_NOT_A_VALUE' }))
  })
})
