import { describe, expect, it } from 'vitest'
import { exitCause, systemMemoryKills, timeoutError, type ProcessExit } from '../../src/processes/exit-cause.ts'

const exit = (how: Partial<ProcessExit>): ProcessExit => ({
  code: null,
  signal: null,
  stderrTail: '',
  systemShortOfMemory: false,
  garbled: false,
  ...how,
})

describe('why a process ended', () => {
  it('process.exit, with the place where it was called', () => {
    const error = exitCause('act', exit({ code: 3, exiting: { code: 3, stack: 'at act (flow.ts:7:3)' } }))
    expect(error).toMatchObject({ kind: 'exit', code: 'TASK_EXITED', stack: 'at act (flow.ts:7:3)' })
    expect(error.message).toContain('process.exit(3)')
    expect(error.fix).toBeTruthy()
  })

  it('process.exit comes before whatever else is to be seen', () => {
    const how = { signal: 'SIGKILL', garbled: true, systemShortOfMemory: true } as const
    expect(exitCause('act', exit({ ...how, exiting: { code: 0, stack: '' } })).code).toBe('TASK_EXITED')
  })

  it.each([
    'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
    'FATAL ERROR: Ineffective mark-compacts near heap limit Allocation failed - JavaScript heap out of memory',
    'FATAL ERROR: MarkCompactCollector: young object promotion failed Reached heap limit',
  ])('a full heap: %s', (text) => {
    const error = exitCause(
      'act',
      exit({ signal: 'SIGABRT', stderrTail: `<--- Last few GCs --->\n${text}\n 1: 0xb7a` }),
    )
    expect(error).toMatchObject({ kind: 'out-of-memory', code: 'TASK_OUT_OF_MEMORY' })
    expect(error.message).toContain('heap')
  })

  it('the system, when it killed processes for lack of memory in that time', () => {
    const error = exitCause('act', exit({ signal: 'SIGKILL', systemShortOfMemory: true }))
    expect(error).toMatchObject({ kind: 'out-of-memory', code: 'TASK_OUT_OF_MEMORY' })
    expect(error.message).toContain('system')
  })

  it('a signal; lack of memory elsewhere is not blamed for another one', () => {
    expect(exitCause('act', exit({ signal: 'SIGKILL' }))).toMatchObject({ kind: 'signal', code: 'TASK_KILLED' })
    const fault = exitCause('act', exit({ signal: 'SIGSEGV', systemShortOfMemory: true }))
    expect(fault).toMatchObject({ kind: 'signal', code: 'TASK_KILLED' })
    expect(fault.message).toContain('SIGSEGV')
  })

  it('a bare exit code', () => {
    const error = exitCause('act', exit({ code: 7 }))
    expect(error).toMatchObject({ kind: 'exit', code: 'TASK_DIED' })
    expect(error.message).toContain('7')
    expect(error.stack).toBeUndefined()
  })

  it('text on the answer pipe, though the signal was ours', () => {
    expect(exitCause('act', exit({ signal: 'SIGKILL', garbled: true }))).toMatchObject({
      kind: 'exit',
      code: 'TASK_GARBLED',
    })
  })

  it('a time that was up', () => {
    const error = timeoutError('act', 90)
    expect(error).toMatchObject({ kind: 'timeout', code: 'TASK_TIMED_OUT' })
    expect(error.message).toContain('90 s')
  })

  it('counts what the system has killed', () => {
    const kills = systemMemoryKills()
    expect(Number.isSafeInteger(kills)).toBe(true)
    expect(kills).toBeGreaterThanOrEqual(0)
  })
})
