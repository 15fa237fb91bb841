import { describe, expect, it } from 'vitest'
import { caughtValue, verdict } from '../../src/execute/verdict.ts'

const retry = { times: 2, minutesBetweenRetries: 0.25, backoff: 4 }

describe('what becomes of a failed attempt', () => {
  it('fails without decorators', () => {
    expect(verdict({}, 0, 1000)).toEqual({ type: 'failed' })
  })

  it('is retried as often as its step says', () => {
    expect([0, 1, 2, 3].map((attempt) => verdict({ retry }, attempt, 1000).type)).toEqual([
      'retry',
      'retry',
      'failed',
      'failed',
    ])
  })

  it('waits, in minutes, longer each time', () => {
    expect(verdict({ retry }, 0, 1000)).toEqual({ type: 'retry', notBefore: 1000 + 15_000 })
    expect(verdict({ retry }, 1, 1000)).toEqual({ type: 'retry', notBefore: 1000 + 60_000 })
    expect(verdict({ retry: { ...retry, minutesBetweenRetries: 0 } }, 1, 1000)).toEqual({
      type: 'retry',
      notBefore: 1000,
    })
  })

  it('is not retried when retries are turned off', () => {
    expect(verdict({ retry: { ...retry, times: 0 } }, 0, 0).type).toBe('failed')
  })

  it('is caught when no retry is left', () => {
    expect(verdict({ catchError: {} }, 0, 0)).toEqual({ type: 'caught' })
    expect(verdict({ retry, catchError: { var: 'e' } }, 1, 0).type).toBe('retry')
    expect(verdict({ retry, catchError: { var: 'e' } }, 2, 0).type).toBe('caught')
  })
})

it('a caught error is kept as a plain object, causes and all', () => {
  const error = {
    kind: 'exception',
    name: 'A',
    message: 'm',
    cause: { kind: 'exception', name: 'B', message: 'n' },
  } as const
  expect(caughtValue(error)).toEqual(error)
  expect(caughtValue(error)).not.toBe(error)
})
