import { describe, expect, it } from 'vitest'
import { overBudget } from '../checks/file-sizes.mjs'
import { unwantedIn } from '../checks/tracked-files.mjs'

const files = (...lines: number[]) => lines.map((count, i) => ({ path: `packages/a/src/${i}.ts`, lines: count }))

describe('the budget of file sizes', () => {
  it('is kept by small files with a few large ones among them', () => {
    expect(overBudget(files(40, 60, 80, 90, 100, 100, 130, 200, 240, 250))).toEqual([])
  })

  it('names every file over the limit', () => {
    expect(overBudget(files(...Array<number>(30).fill(50), 401))).toEqual([
      'packages/a/src/30.ts has 401 lines, 400 are allowed',
    ])
  })

  it('is broken by many files of middling size', () => {
    expect(overBudget(files(101, 101, 101))).toEqual([expect.stringContaining('median 101')])
    expect(overBudget(files(10, 10, 10, 10, 10, 10, 10, 10, 300, 300))).toEqual([
      expect.stringContaining('percentile 300'),
    ])
  })

  it('is not kept by nothing', () => {
    expect(overBudget([])).toEqual(['no source file was found'])
  })
})

describe('unwanted text', () => {
  // Joined from pieces, for this file is checked too.
  it.each([
    ['a path of one machine', ['see /ho', 'me/someone/project']],
    ['a path of one machine', ['C:\\Us', 'ers\\someone']],
    ['the address of a package registry', ['"resolved": "ht', 'tps://example.org/a.tgz"']],
    ['a test that switches the others off', ['it.on', 'ly("x", () => {})']],
    ['a note about unfinished work', ['// TO', 'DO: later']],
  ])('finds %s', (what, pieces) => {
    expect(unwantedIn(`first line\n${pieces.join('')}`)).toEqual([expect.stringContaining(`2: ${what}`)])
  })

  it('lets everything else pass', () => {
    expect(unwantedIn('a/home/page, /home/ada/flows, only(), https://registry.npmjs.org, a todo list')).toEqual([])
  })
})
