import { describe, expect, test } from 'vitest'
import { changedTags, checkTags } from '../../src/objects/tags.ts'

const many = (count: number): string[] => Array.from({ length: count }, (_, i) => `t${i}`)
const current = { userTags: ['a', 'b'], systemTags: ['user:ada'] }
const thrown = (run: () => unknown): unknown => {
  try {
    run()
  } catch (error) {
    return error
  }
  return undefined
}

describe('tags of a user', () => {
  test('are added once and removed, in one change', () => {
    expect(changedTags('F/1', current, { add: ['c', 'a', 'c'] })).toEqual(['a', 'b', 'c'])
    expect(changedTags('F/1', current, { remove: ['a', 'nope'] })).toEqual(['b'])
    expect(changedTags('F/1', current, { remove: ['a'], add: ['a', 'z'] })).toEqual(['b', 'a', 'z'])
  })

  test('a system tag stays, and is not stored twice', () => {
    expect(changedTags('F/1', current, { add: ['user:ada'] })).toEqual(['a', 'b'])
    expect(thrown(() => changedTags('F/1', current, { remove: ['user:ada'] }))).toMatchObject({
      code: 'TAG_IMMUTABLE',
      message: "'user:ada' is a system tag of F/1 and stays. Tags that can be removed: a, b.",
    })
  })

  test('are at most 50', () => {
    expect(changedTags('F/1', current, { add: many(48) })).toHaveLength(50)
    expect(thrown(() => changedTags('F/1', current, { add: many(49) }))).toMatchObject({
      code: 'TAG_LIMIT',
      message: 'F/1 would have 51 tags; 50 are allowed.',
    })
    const full = { ...current, userTags: many(60) }
    expect(changedTags('F/1', full, { remove: ['t0'] })).toHaveLength(59)
    expect(thrown(() => checkTags(many(51)))).toMatchObject({ code: 'TAG_LIMIT' })
  })

  test.each([
    ['', 'it is empty'],
    ['  ', 'it is empty'],
    ['x'.repeat(501), 'it has 501 characters, 500 are allowed'],
    ['a\nb', 'it holds a line break or another control character'],
  ])('%j cannot be one', (tag, why) => {
    expect(thrown(() => checkTags(['fine', tag]))).toMatchObject({ code: 'TAG_INVALID', details: { tag, why } })
  })

  test('500 characters of any script can', () => {
    expect(() => checkTags(['é'.repeat(500), 'project:x', 'Grüße an alle'])).not.toThrow()
  })
})
