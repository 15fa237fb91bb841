import fc from 'fast-check'
import { expect, test } from 'vitest'
import { describeBreak, jsonBreak } from '../../src/authoring/parameters/json-text.ts'

test.each([
  ['{bad', 'at line 1, column 2, before "bad"'],
  ['{"a": 1,}', 'at line 1, column 9, before "}"'],
  ['{"a": 1', 'at line 1, column 8, where the text ends'],
  ['', 'at line 1, column 1, where the text ends'],
  ['[1, 2\n, x3]', 'at line 2, column 3, before "x3]"'],
  ["{'a': 1}", 'at line 1, column 2, before "\'a\': 1}"'],
  ['{"a" 1}', 'at line 1, column 6, before "1}"'],
  ['1 2', 'at line 1, column 3, before "2"'],
  ['"a\\x"', 'at line 1, column 3, before "\\\\x\\""'],
  ['"unfinished', 'at line 1, column 12, where the text ends'],
  ['[01]', 'at line 1, column 3, before "1]"'],
  ['nul', 'at line 1, column 1, before "nul"'],
])('%j breaks off %s', (text, where) => {
  expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError)
  expect(describeBreak(text)).toBe(where)
})

test('valid JSON does not break off', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(0, 1, 2), (text, indent) => {
      const spaced = ` ${JSON.stringify(JSON.parse(text), null, indent)}\n`
      expect(jsonBreak(spaced)).toBe(spaced.length)
    }),
  )
})

test('a damaged text breaks off where the JSON parser of the engine says, when it says', () => {
  let compared = 0
  fc.assert(
    fc.property(
      fc.json({ maxDepth: 3 }),
      fc.nat(),
      fc.constantFrom('{', '}', ']', ',', '"', 'x', ':', ' ', '-'),
      (json, at, char) => {
        const place = at % (json.length + 1)
        const text = json.slice(0, place) + char + json.slice(place)
        try {
          JSON.parse(text)
        } catch (error) {
          const position = /at position (\d+)/.exec((error as Error).message)?.[1]
          if (position === undefined) return
          const found = jsonBreak(text)
          // A number, a word or an escape that breaks off inside: the engine names the spot, we name at most its beginning.
          expect(found).toBeLessThanOrEqual(Number(position))
          if (found !== Number(position))
            expect(text.slice(found, Number(position))).toMatch(/^(?:[-+.eE\d]*|[a-z]*|\\u?[\da-fA-F]*)$/)
          compared++
        }
      },
    ),
    { numRuns: 500 },
  )
  expect(compared).toBeGreaterThan(100)
})
