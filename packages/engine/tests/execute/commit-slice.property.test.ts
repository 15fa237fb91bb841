import fc from 'fast-check'
import { expect, it } from 'vitest'
import { attemptThatDied, endedAttempt, type EndedAttempt } from '../../src/execute/ended-attempt.ts'
import { TaskLogs } from '../../src/execute/task-logs.ts'
import type { StartedAnswer, TaskAnswer } from '@flowctl/runtime'
import { CHAIN, chains, commitFor, isSettled, thrown, type SliceCase } from './slice-cases.ts'

/** Everything that an execution can come to: it goes through the slice task by task and ends somewhere, in some way. */
const arbitraryCase: fc.Arbitrary<SliceCase> = fc
  .record({
    graph: chains(),
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
    const answers: EndedAttempt[] = []
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
          ? { ok: false, error: thrown }
          : { ok: true, artifacts: {}, taken: { kind: 'linear', to: CHAIN[at + 1] ?? 'join' } }
        answers.push(endedAttempt(graph, { type: 'task', ...place, startedAt: 1, endedAt: 2, result }))
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
      error: thrown,
      cancelled: ending === 'cancelled',
      suspects: known === undefined ? [] : [attemptThatDied(graph, known, thrown, 3)],
    }
    const how = ending === 'idle' ? (next === undefined ? {} : { next }) : { death }
    return { graph, slice, result: { ...base, ...how } }
  })

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
