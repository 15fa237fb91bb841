import { describe, expect, it } from 'vitest'
import { FINISH, type Job } from '@flowctl/core'
import { treesOf, type JobTree } from '../../src/queue/job-tree.ts'

const job = (id: string, parent: string): Job => ({ kind: 'slice', id, parent }) as unknown as Job
const shape = (trees: readonly JobTree[]): unknown => trees.map((tree) => [tree.job.id, shape(tree.children)])

describe('treesOf', () => {
  it('puts each job below its parent, in order', () => {
    const trees = treesOf([FINISH, job('join', 'finish'), job('a', 'join'), job('b', 'join'), job('c', 'finish')])
    expect(shape(trees)).toEqual([
      [
        'finish',
        [
          [
            'join',
            [
              ['a', []],
              ['b', []],
            ],
          ],
          ['c', []],
        ],
      ],
    ])
  })

  it('makes roots of those whose parent is elsewhere', () => {
    expect(shape(treesOf([job('a', 'join'), job('b', 'join')]))).toEqual([
      ['a', []],
      ['b', []],
    ])
  })

  it('takes a job that is named twice once', () => {
    expect(shape(treesOf([job('a', 'x'), job('a', 'x')]))).toEqual([['a', []]])
  })
})
