import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Commit, FlowGraph, Slice, StepDecorators, TaskError } from '@flowctl/core'
import { commitOf } from '../../src/execute/commit-slice.ts'
import type { ExecutionResult } from '../../src/execute/execution.ts'
import { TaskLogs } from '../../src/execute/task-logs.ts'
import type { StartedAnswer, TaskAnswer } from '../../src/protocol.ts'
import { chainGraph } from '../graphs.ts'

const CHAIN = ['a', 'b', 'c'] as const
const error: TaskError = { kind: 'exception', name: 'Error', message: 'no' }

const decorators: fc.Arbitrary<StepDecorators> = fc
  .record({ times: fc.option(fc.nat({ max: 2 })), caught: fc.boolean() })
  .map(({ times, caught }) => ({
    ...(times === null ? {} : { retry: { times, minutesBetweenRetries: 1, backoff: 2 } }),
    ...(caught ? { catchError: { var: 'e' } } : {}),
  }))

interface Case {
  readonly graph: FlowGraph
  readonly slice: Slice
  readonly result: ExecutionResult
}

/** Everything that an execution can come to: it goes through the slice task by task and ends somewhere, in some way. */
const arbitraryCase: fc.Arbitrary<Case> = fc
  .record({
    graph: fc.record({ a: decorators, b: decorators, c: decorators }).map(chainGraph),
    from: fc.nat({ max: 5 }),
    length: fc.integer({ min: 1, max: 6 }),
    entry: fc.nat({ max: 2 }),
    attempt: fc.nat({ max: 2 }),
    fails: fc.array(fc.boolean(), { maxLength: 20 }),
    stopAfter: fc.nat({ max: 20 }),
    ending: fc.constantFrom('idle', 'unknown death', 'known death', 'wrong suspect', 'cancelled'),
  })
  .map(({ graph, from, length, entry, attempt, fails, stopAfter, ending }) => {
    // Only a single index goes on inside a chain, or as a later attempt.
    const alone = length === 1
    const first = alone ? entry : 0
    const began = alone ? attempt : 0
    const range = { from, to: from + length }
    const slice = { head: 'a', key: 'k', entry: CHAIN[first] as string, path: [], range, turn: 0, attempt: began }
    const answers: TaskAnswer[] = []
    let suspect: StartedAnswer | undefined
    let next: number | undefined
    walk: for (let index = from; index < range.to; index += 1) {
      for (let at = first; at < CHAIN.length; at += 1) {
        const step = CHAIN[at] as string
        const place = { step, task: String(index), attempt: at === first ? began : 0 }
        if (answers.length >= stopAfter && (ending !== 'idle' || at === first)) {
          suspect = { type: 'started', ...place, at: 1 }
          next = index
          break walk
        }
        const failed = fails[answers.length] === true
        const result: TaskAnswer['result'] = failed
          ? { ok: false, error }
          : { ok: true, artifacts: {}, taken: { kind: 'linear', to: CHAIN[at + 1] ?? 'join' } }
        answers.push({ type: 'task', ...place, startedAt: 1, endedAt: 2, result })
        if (failed) break
      }
    }
    const base = { pid: 1, answers, logs: new TaskLogs(10), reusable: false }
    const last = answers.at(-1)
    const blamed: StartedAnswer | undefined =
      ending === 'known death'
        ? suspect
        : last && { type: 'started', step: last.step, task: last.task, attempt: 0, at: 1 }
    const known = ending === 'known death' || ending === 'wrong suspect' ? blamed : undefined
    const death = {
      error,
      cancelled: ending === 'cancelled',
      suspects: known === undefined ? [] : [{ attempt: known, error }],
    }
    const how = ending === 'idle' ? (next === undefined ? {} : { next }) : { death }
    return { graph, slice, result: { ...base, ...how } }
  })

const commitFor = ({ graph, slice, result }: Case): Commit | undefined =>
  commitOf(slice, result, {
    graph,
    execution: 'x',
    host: 'h',
    now: 3,
    carried: { artifacts: {} },
    caught: () => ({ hash: 'h', size: 1, type: 't', preview: '' }),
    logOf: () => undefined,
    firstBatch: () => undefined,
    handBack: 'time',
  })

/** Whether a commit alone says how an index ended: at the end of its chain, or in a failure for good. */
function isSettled(commit: Commit, index: number): boolean {
  const tasks = commit.tasks.filter((one) => one.task === String(index))
  return tasks.some((one) => one.outcome === 'failed' || one.step === CHAIN.at(-1))
}

it('settles every index of a slice, or names exactly one continuation for it', () => {
  fc.assert(
    fc.property(arbitraryCase, (given) => {
      const commit = commitFor(given)
      const { slice, result } = given
      if (commit === undefined) {
        expect(result.answers).toEqual([])
        expect(result.death?.cancelled).toBe(true)
        return
      }
      const { from, to } = slice.range as { from: number; to: number }
      for (let index = from; index < to; index += 1) {
        const named = commit.continuations.filter((one) => one.from <= index && index < one.to)
        expect(named.length + (isSettled(commit, index) ? 1 : 0), `index ${index}`).toBe(1)
      }
      expect(commit.continuations.every((one) => one.from >= from && one.to <= to && one.from < one.to)).toBe(true)
    }),
    { numRuns: 2000 },
  )
})

it('names each continuation once, after its own key', () => {
  fc.assert(
    fc.property(arbitraryCase, (given) => {
      const keys = commitFor(given)?.continuations.map((one) => one.key) ?? []
      expect(keys).toEqual(keys.map((_, n) => `k_${n}`))
    }),
    { numRuns: 500 },
  )
})

it('has one outcome for a task, and goes on where its last one ended', () => {
  fc.assert(
    fc.property(arbitraryCase, (given) => {
      const commit = commitFor(given)
      if (commit === undefined) return
      const ids = [...commit.tasks, ...commit.attempts].map(({ step, task, attempt }) => `${step}/${task}/${attempt}`)
      expect(new Set(ids).size).toBe(ids.length)
      for (const { step, from, attempt, reason } of commit.continuations) {
        const before = commit.tasks.findLast((one) => one.task === String(from))
        const expected = before === undefined ? given.slice.entry : CHAIN[CHAIN.indexOf(before.step as 'a') + 1]
        expect(step).toBe(expected)
        const tried = commit.attempts.findLast((one) => one.task === String(from))
        if (reason === 'retry') expect(attempt).toBe((tried?.attempt ?? Number.NaN) + 1)
        else expect(attempt).toBe(before === undefined ? given.slice.attempt : 0)
      }
    }),
    { numRuns: 2000 },
  )
})
