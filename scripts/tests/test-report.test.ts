import { describe, expect, it } from 'vitest'
import { countTests } from '../test-report.mjs'

const file = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map((one) => ({ status: one })),
})

describe('counting tests', () => {
  it('counts those that passed and those that failed, and neither the skipped ones', () => {
    const report = { testResults: [file('passed', 'passed', 'skipped', 'passed'), file('failed', 'failed', 'passed')] }
    expect(countTests(report, false)).toEqual({ passed: 3, failed: 1 })
  })

  it('counts a file that could not be loaded as one failure', () => {
    expect(countTests({ testResults: [file('failed'), file('passed', 'passed')] }, false)).toEqual({
      passed: 1,
      failed: 1,
    })
  })

  it('never lets a failed run look well', () => {
    expect(countTests(undefined, false)).toEqual({ passed: 0, failed: 1 })
    expect(countTests({ testResults: [file('passed', 'passed')] }, false)).toEqual({ passed: 1, failed: 1 })
  })
})
