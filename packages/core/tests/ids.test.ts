import { describe, expect, it } from 'vitest'
import { formatPathspec, parsePathspec, parseSliceKey, parseTaskId, sliceKey, taskId } from '@flowctl/core'

describe('task ids', () => {
  it.each([
    [{ path: [], turn: 0 }, '0', 0],
    [{ path: [], turn: 2 }, '0~2', 0],
    [{ path: [3], turn: 0 }, '3', 1],
    [{ path: [3, 17], turn: 1 }, '3.17~1', 2],
  ] as const)('writes and reads %j as %s', (position, id, depth) => {
    expect(taskId(position)).toBe(id)
    expect(parseTaskId(id, depth)).toEqual(position)
  })

  it.each([
    ['x', 1],
    ['3.1', 1],
    ['3', 0],
    ['', 0],
    ['3~', 1],
  ])('refuses %s at depth %d', (id, depth) => {
    expect(parseTaskId(id, depth)).toBeUndefined()
  })
})

describe('slice keys', () => {
  it('names ranges by both ends', () => {
    expect(sliceKey([3], { from: 5, to: 68 })).toBe('3.5-67')
    expect(sliceKey([], { from: 5, to: 6 })).toBe('5')
    expect(sliceKey([3], undefined, 1)).toBe('3~1')
    expect(parseSliceKey('3.5-67_0_12')).toEqual({ first: [3, 5], to: 68, turn: 0, continuation: '_0_12' })
    expect(parseSliceKey('3~1')).toEqual({ first: [3], to: 4, turn: 1, continuation: '' })
    expect(parseSliceKey('abc')).toBeUndefined()
  })
})

describe('pathspecs', () => {
  it('reads and writes every level', () => {
    for (const text of ['F', 'F/1', 'F/1/s', 'F/1/s/3.1', 'F/1/s/3.1/x']) {
      expect(formatPathspec(parsePathspec(text)!)).toBe(text)
    }
    expect(parsePathspec('F//s')).toBeUndefined()
    expect(parsePathspec('a/b/c/d/e/f')).toBeUndefined()
  })
})
