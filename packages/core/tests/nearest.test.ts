import { expect, it } from 'vitest'

import { nearest } from '@flowctl/core'

it.each([
  ['trian', ['start', 'train', 'end'], 'train'],
  ['Train', ['start', 'train'], 'train'],
  ['ned', ['end', 'start'], 'end'],
  ['items', ['item', 'things'], 'item'],
  ['nope', ['start', 'train', 'end'], undefined],
  ['a', ['b'], undefined],
  ['A', ['b', 'a'], 'a'],
  ['x', [], undefined],
])('takes %s of %j for %s', (name, names, meant) => {
  expect(nearest(name, names)).toBe(meant)
})
