import { expect, test } from 'vitest'
import { noPaint, paintFor } from '../../src/format/paint.ts'
import { table } from '../../src/format/table.ts'

test('columns are as wide as their widest cell, whatever its colour', () => {
  const rows = [
    ['\u001B[1mlong\u001B[22m', 'b'],
    ['c', ''],
  ]
  expect(table(['x', 'y'], rows)).toEqual(['x     y', '\u001B[1mlong\u001B[22m  b', 'c'])
})

test('colours are for terminals that want them', () => {
  const terminal = { write: () => undefined, isTTY: true }
  expect(paintFor(terminal, {})('red', 'x')).toBe('\u001B[31mx\u001B[39m')
  expect(paintFor(terminal, { NO_COLOR: '' })).not.toBe(noPaint)
  expect(paintFor(terminal, { NO_COLOR: '1' })).toBe(noPaint)
  expect(paintFor(terminal, { TERM: 'dumb' })).toBe(noPaint)
  expect(paintFor({ write: () => undefined }, {})).toBe(noPaint)
})
