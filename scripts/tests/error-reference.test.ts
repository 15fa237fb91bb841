import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { ERRORS } from '@flowctl/core'
import { exampleDetails } from '../error-details.mjs'

const detailsOf = (path: string) => exampleDetails(fileURLToPath(new URL(path, import.meta.url)))

describe('examples of the facts that errors name', () => {
  it('are made from their types', () => {
    expect(detailsOf('fixtures/table.ts')).toEqual({
      TEXTS: {
        area: 'table',
        example: { given: '<given>', allowed: ['<allowed 1>', '<allowed 2>'], nearest: '<nearest>' },
      },
      NUMBERS: { area: 'table', example: { line: 3, ok: true, kind: 'first', value: '<value>' } },
      NESTED: { area: 'table', example: { steps: [{ name: '<name>' }, { name: '<name>' }], at: '<at>' } },
    })
  })
})

describe('the error table', () => {
  const details = detailsOf('../../packages/core/src/errors/table.ts')

  it.each(Object.entries(ERRORS))('has texts for %s, with nothing undefined in them', (code, entry) => {
    expect(details[code]?.area).toMatch(/^[a-z]+$/)
    const example = details[code]?.example as never
    for (const text of [entry.when, entry.message(example), entry.fix(example)]) {
      expect(text).not.toMatch(/undefined|NaN|\[object|^\s*$/)
    }
  })
})
