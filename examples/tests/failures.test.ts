import { describe, expect, it } from 'vitest'
import { Project } from './project.ts'

describe.concurrent('errors that flows survive', () => {
  it('zero-div handles the error itself', async ({ expect }) => {
    const project = await Project.create()
    const run = await project.flowctl(['run', 'zero-div.ts'])
    expect(run.said('join')).toEqual(['results [ null, 10, 5 ]'])
    expect(await project.artifact('ZeroDivFlow', 'end', 'divisors').catch(String)).toMatch(/did not carry it down/)
    expect(await project.artifact('ZeroDivFlow', 'join', 'results')).toEqual([null, 10, 5])
  })

  it('catch-flow tries three times, then keeps the error as an artifact', async ({ expect }) => {
    const project = await Project.create()
    const run = await project.flowctl(['run', 'catch-flow.ts'])
    expect(run.exit).toBe(0)
    expect(run.said('join')).toEqual(['results [ 10, 5 ]'])
    expect(run.output.match(/cannot divide 10 by zero/g)).toHaveLength(3)
    expect(await project.artifact('CatchFlow', 'divide', 'divideFailed', '0')).toMatchObject({
      message: 'cannot divide 10 by zero',
    })
    expect(await project.artifact('CatchFlow', 'divide', 'divideFailed', '1')).toBeNull()
  })

  it('retry-flow succeeds at its third attempt', async ({ expect }) => {
    const project = await Project.create()
    const run = await project.flowctl(['run', 'retry-flow.ts'])
    expect(run.exit).toBe(0)
    expect(run.output.match(/Bad luck!/g)).toHaveLength(2)
    expect(run.said('end')).toEqual(['It took 3 attempts'])
  })

  it('timeout-flow ends a step that blocks its process', async ({ expect }) => {
    const project = await Project.create()
    const run = await project.flowctl(['run', 'timeout-flow.ts'])
    expect(run.exit).toBe(0)
    expect(run.said('start')).toContain('Waiting for something that never comes')
    expect(run.output).toMatch(/1 s/)
    expect(run.said('start').at(-1)).toBe('This time it was quick')
  })
})

describe.concurrent('processes', () => {
  it('process-demo sees module state of the step before, in one process', async ({ expect }) => {
    const project = await Project.create()
    const run = await project.flowctl(['run', 'process-demo.ts', '--max-workers', '1'])
    expect(run.said('start')[0]).toMatch(/^process \d+ module value 9 artifact 9$/)
    expect(run.said('end')[0]).toMatch(/^process \d+ module value 9 artifact 9$/)
  })

  it('process-demo sees none of it with --isolate', async ({ expect }) => {
    const project = await Project.create()
    const run = await project.flowctl(['run', 'process-demo.ts', '--max-workers', '1', '--isolate'])
    const [start, end] = [run.said('start')[0], run.said('end')[0]]
    expect(start).toMatch(/module value 9 artifact 9$/)
    expect(end).toMatch(/module value 5 artifact 9$/)
    expect(start?.split(' ')[1]).not.toBe(end?.split(' ')[1])
  })
})

describe('large artifacts', () => {
  it('long-string is stored once and read again', async () => {
    const project = await Project.create()
    const run = await project.flowctl(['run', 'long-string.ts'])
    expect(run.said('end')).toEqual(['The string has 8000000 characters'])
    expect(await project.artifact('LongStringFlow', 'end', 'longString')).toHaveLength(8_000_000)
  })
})
