import { describe, expect, it } from 'vitest'
import type { FlowGraph, Slice } from '@flowctl/core'
import { splitCommit } from '../../src/worker/split-lost-slice.ts'

const graphWith = (decorators: object): FlowGraph =>
  ({
    flow: 'F',
    start: 'start',
    end: 'end',
    steps: {
      start: { name: 'start', join: false, decorators: {}, transition: { kind: 'foreach', to: 'work', over: 'items' } },
      work: { name: 'work', join: false, decorators, transition: { kind: 'linear', to: 'join' } },
      join: { name: 'join', join: true, decorators: {}, transition: { kind: 'linear', to: 'end' } },
      end: { name: 'end', join: false, decorators: {}, transition: { kind: 'end' } },
    },
  }) as unknown as FlowGraph
const slice = (from: number, to: number): Slice => ({
  head: 'work',
  key: to - from === 1 ? String(from) : `${from}-${to - 1}`,
  entry: 'work',
  path: [],
  range: { from, to },
  turn: 0,
  attempt: 0,
})
const kept = { hash: 'a'.repeat(64), size: 1, type: 'number', preview: '1' }
const given = { lost: 3, now: 5, host: 'h', execution: 'x', carried: { artifacts: { kept } }, caught: undefined }

describe('dividedCommit', () => {
  it('runs the halves of a range apart, with care', () => {
    const commit = splitCommit(graphWith({}), slice(4, 9), given)
    expect(commit.tasks).toEqual([])
    expect(commit.continuations).toEqual([
      { key: '4-8_0', step: 'work', from: 4, to: 6, attempt: 0, reason: 'crash' },
      { key: '4-8_1', step: 'work', from: 6, to: 9, attempt: 0, reason: 'crash' },
    ])
  })

  it('takes a single task for crashed', () => {
    const commit = splitCommit(graphWith({}), slice(4, 5), given)
    expect(commit.tasks).toMatchObject([
      {
        step: 'work',
        task: '4',
        outcome: 'failed',
        error: { code: 'TASK_WORKERS_LOST', message: expect.stringContaining('3 workers') as string },
      },
    ])
    expect(commit.continuations).toEqual([])
  })

  it('has a task tried again that may be', () => {
    const graph = graphWith({ retry: { times: 1, minutesBetweenRetries: 0, backoff: 1 } })
    const commit = splitCommit(graph, slice(4, 5), given)
    expect(commit.tasks).toEqual([])
    expect(commit.continuations).toMatchObject([{ key: '4_0', from: 4, to: 5, attempt: 1, reason: 'retry' }])
  })

  it('goes on after a crash that is caught, with what it started from and the error', () => {
    const caught = { ...kept, hash: 'b'.repeat(64) }
    const commit = splitCommit(graphWith({ catchError: { var: 'problem' } }), slice(4, 5), { ...given, caught })
    expect(commit.tasks).toMatchObject([
      { task: '4', outcome: 'caught', artifacts: { kept, problem: caught }, taken: { kind: 'linear', to: 'join' } },
    ])
  })
})
