import { deepStrictEqual } from 'node:assert/strict'
import type { ArtifactRef, Commit, TaskRecord } from '@flowctl/core'
import { decodeAdopted, decodeCommit, encodeAdopted, encodeCommit } from '@flowctl/datastore'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeOutline } from '../../src/rows/commit-codec.ts'
import { countOutcomes } from '../../src/rows/count-outcomes.ts'
import { commit, taskRecord } from '../records/arbitraries.ts'

test('any commit comes back as it was', () => {
  fc.assert(
    fc.property(commit, (value) => {
      deepStrictEqual(decodeCommit(encodeCommit(value)), value)
    }),
    { numRuns: 500 },
  )
})

test('any list of adopted tasks comes back as it was', () => {
  fc.assert(
    fc.property(fc.array(taskRecord, { maxLength: 6 }), (tasks) => {
      deepStrictEqual(decodeAdopted(encodeAdopted(tasks)), tasks)
    }),
  )
})

describe('the outline of a commit', () => {
  test('is that of the whole, from as much of its beginning as holds it', () => {
    fc.assert(
      fc.property(commit, fc.nat(), (value, cut) => {
        const bytes = encodeCommit(value)
        const { head, key, continuations, plan, tasks } = value
        const outline = {
          head,
          key,
          continuations,
          counts: countOutcomes(tasks),
          ...(plan === undefined ? {} : { plan }),
        }
        deepStrictEqual(decodeOutline(bytes, true), outline)
        const some = decodeOutline(bytes.subarray(0, cut % bytes.length), false)
        if (some !== undefined) deepStrictEqual(some, outline)
      }),
      { numRuns: 300 },
    )
  })

  test('takes a small part of a wide commit', () => {
    const wide = wideCommit(2000, 20)
    const bytes = encodeCommit(wide)
    const counts = { fit: { succeeded: 2000, caught: 0, failed: 0 } }
    expect(decodeOutline(bytes.subarray(0, 500), false)?.counts).toEqual(counts)
  })

  test('takes no byte more than the outline', () => {
    const value = { ...wideCommit(3, 1), host: 'Zürich 🚀', head: 'größe' }
    const bytes = encodeCommit(value)
    const rest = new TextEncoder().encode(',"refs":[')
    const length = Buffer.from(bytes).indexOf(rest)
    expect(decodeOutline(bytes.subarray(0, length), false)?.head).toBe('größe')
    expect(decodeOutline(bytes.subarray(0, length - 1), false)).toBeUndefined()
    expect(decodeOutline(bytes.subarray(0, 20), false)).toBeUndefined()
    expect(decodeOutline(new Uint8Array(0), false)).toBeUndefined()
  })

  test.each([
    ['its length', ['outline']],
    ['its length and counts', ['outline', 'counts']],
  ])('is read from the whole of a commit of an earlier version, which does not tell %s', (_, absent) => {
    const members = Object.entries(JSON.parse(new TextDecoder().decode(encodeCommit(wideCommit(3, 1)))) as object)
    const json = Object.fromEntries(members.filter(([name]) => !absent.includes(name)))
    const bytes = new TextEncoder().encode(JSON.stringify(json))
    expect(decodeOutline(bytes.subarray(0, -1), false)).toBeUndefined()
    expect(decodeOutline(bytes, true)).toEqual({
      head: 'fit',
      key: '0-2',
      continuations: [],
      counts: { fit: { succeeded: 3, caught: 0, failed: 0 } },
    })
    deepStrictEqual(decodeCommit(bytes), wideCommit(3, 1))
  })
})

function wideCommit(tasks: number, passedOn: number): Commit {
  const ref = (n: number): ArtifactRef => ({
    hash: n.toString(16).padStart(64, '0'),
    size: 100_000,
    type: 'Array(1000)',
    preview: `[{ name: "row ${n}", value: ${n} }, … 999 more]`,
  })
  const record = (i: number): TaskRecord => ({
    step: 'fit',
    task: String(i),
    attempt: 0,
    startedAt: 1_790_000_000_000 + i,
    endedAt: 1_790_000_000_010 + i,
    pid: 12_345,
    outcome: 'succeeded',
    artifacts: {
      ...Object.fromEntries(Array.from({ length: passedOn }, (_, n) => [`artifact${n}`, ref(n)])),
      score: {
        hash: (1e6 + i).toString(16).padStart(64, '0'),
        size: 20,
        type: 'number',
        preview: '0.5',
        inline: 'RkxPVwEBAA//D04AAAAAAADgPw==',
      },
    },
    taken: { kind: 'linear', to: 'join' },
    log: {
      object: 'Flow/runs/1/logs/fit/0-1999.abc',
      from: i * 100,
      to: i * 100 + 100,
      stdoutLines: 1,
      stderrLines: 0,
    },
  })
  return {
    format: 1,
    head: 'fit',
    key: `0-${tasks - 1}`,
    execution: 'abc',
    host: 'here',
    tasks: Array.from({ length: tasks }, (_, i) => record(i)),
    attempts: [],
    continuations: [],
  }
}

describe('a commit of 2,000 tasks that pass on 20 artifacts', () => {
  const wide = wideCommit(2000, 20)
  const bytes = encodeCommit(wide)

  test('is small: the artifacts are in it once', () => {
    const perTask = bytes.length / 2000
    expect(perTask).toBeLessThan(350)
    const alone = encodeCommit(wideCommit(2000, 0)).length
    expect(bytes.length - alone).toBeLessThan(2000 * 20 * 4)
  })

  test('comes back as it was', () => {
    deepStrictEqual(decodeCommit(bytes), wide)
  })

  test('is plain JSON', () => {
    const json = JSON.parse(new TextDecoder().decode(bytes)) as {
      format: number
      refs: unknown[]
      shapes: unknown[]
      taken: unknown[]
    }
    expect(json.format).toBe(1)
    expect(json.refs).toHaveLength(2020)
    expect(json.shapes).toHaveLength(1)
    expect(json.taken).toEqual([{ kind: 'linear', to: 'join' }])
  })
})

describe('what is no commit', () => {
  const bytes = encodeCommit(wideCommit(2, 1))
  const json = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>
  const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

  test.each([decodeCommit, (whole: Uint8Array, what: string) => decodeOutline(whole, true, what)])(
    'one of a newer flowctl',
    (decode) => {
      expect(() => decode(encode({ ...json, format: 2 }), 'F/runs/1/commits/a/0')).toThrow(
        expect.objectContaining({
          code: 'RECORD_NEWER',
          message: expect.stringContaining('F/runs/1/commits/a/0 has format 2') as string,
          fix: expect.stringContaining('Update flowctl') as string,
        }),
      )
    },
  )

  test.each([
    ['no JSON', new TextEncoder().encode('{"format":')],
    ['nothing', new Uint8Array(0)],
    ['no object', encode(null)],
    ['no format', encode({ ...json, format: undefined })],
    ['no tables', encode({ format: 1, tasks: [] })],
    ['a table that is cut', encode({ ...json, refs: [] })],
    ['a task that is no row', encode({ ...json, tasks: [5] })],
  ])('%s', (_, wrong) => {
    expect(() => decodeCommit(wrong, 'the key')).toThrow(
      expect.objectContaining({ code: 'RECORD_CORRUPT', message: expect.stringContaining('the key') as string }),
    )
  })
})
