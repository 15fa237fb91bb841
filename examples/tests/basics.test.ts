import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { Project } from './project.ts'

describe.concurrent('linear flows', () => {
  it('hello-world runs three steps in order', async ({ expect }) => {
    const project = await Project.create()
    const run = await project.flowctl(['run', 'hello-world.ts'])
    expect(run.output).toMatch(/This is the start step[^]*Hello World![^]*This is the end step[^]*Done!/)
    expect(run.exit).toBe(0)
    const found = await project.latestRun('HelloWorldFlow')
    expect(found.successful).toBe(true)
    expect((await found.steps()).map((step) => step.id)).toEqual(['start', 'hello', 'end'])
  })

  it('hello-world shows its docstrings', async ({ expect }) => {
    const project = await Project.create()
    const { output } = await project.flowctl(['show', 'hello-world.ts'])
    for (const text of ['the smallest flow', 'Starting point.', 'Just saying hi.', 'Finish line.'])
      expect(output).toContain(text)
    expect(output.indexOf('start')).toBeLessThan(output.indexOf('hello', output.indexOf('start')))
  })

  it('counter changes its artifact in every step', async ({ expect }) => {
    const project = await Project.create()
    const run = await project.flowctl(['run', 'counter.ts'])
    expect(run.said('add')).toEqual(['The count is 0 before incrementing'])
    expect(run.said('end')).toEqual(['The final count is 2'])
    for (const [step, count] of [
      ['start', 0],
      ['add', 1],
      ['end', 2],
    ] as const) {
      expect(await project.artifact('CounterFlow', step, 'count')).toBe(count)
    }
  })
})

describe.concurrent('branches', () => {
  it.each([
    ['counter-branch.ts', 'CounterBranchFlow'],
    ['counter-branch-helper.ts', 'CounterBranchHelperFlow'],
  ])('%s brings both branches together', async (file, flow) => {
    const project = await Project.create()
    const run = await project.flowctl(['run', file])
    expect(run.said('join')).toEqual(['count from addOne 1', 'count from addTwo 2'])
    expect(run.said('end')).toEqual(['The creature is dog', 'The final count is 2'])
    expect(await project.artifact(flow, 'addOne', 'count')).toBe(1)
    expect(await project.artifact(flow, 'end', 'count')).toBe(2)
  })

  it('counter-branch-helper leaves the excluded artifact behind', async ({ expect }) => {
    const project = await Project.create()
    await project.flowctl(['run', 'counter-branch-helper.ts'])
    expect(await project.artifact('CounterBranchHelperFlow', 'addTwo', 'increment')).toBe(2)
    await expect(project.artifact('CounterBranchHelperFlow', 'end', 'increment')).rejects.toThrow(
      /the join join did not carry it down/,
    )
  })
})

describe.concurrent('foreach', () => {
  it('foreach makes a task for each creature, and the mouse wins', async ({ expect }) => {
    const project = await Project.create()
    const run = await project.flowctl(['run', 'foreach.ts'])
    expect(run.said('analyzeCreatures').sort()).toEqual(['Analyzing bird', 'Analyzing dog', 'Analyzing mouse'])
    expect(run.said('end')).toEqual(['mouse won!'])
    expect(await project.artifact('ForeachFlow', 'analyzeCreatures', 'creature', '1')).toBe('mouse')
    expect(await project.artifact('ForeachFlow', 'join', 'best')).toBe('mouse')
  })

  it('wide-foreach runs a thousand tasks', async ({ expect }) => {
    const project = await Project.create()
    const run = await project.flowctl(['run', 'wide-foreach.ts'])
    expect(run.said('end')).toEqual(['Total sum is 499500000'])
    expect(await project.artifact('WideForeachFlow', 'multiply', 'result', '999')).toBe(999_000)
  })

  it('wide-foreach is too wide for a limit of 100, and resume lifts the limit without running start again', async ({
    expect,
  }) => {
    const project = await Project.create()
    const refused = await project.flowctl(['run', 'wide-foreach.ts', '--max-num-splits', '100'])
    expect(refused.exit).toBe(1)
    expect(refused.output).toContain('has 1000 items; this run allows 100')
    expect(refused.output).toContain('--max-num-splits')
    const resumed = await project.flowctl(['resume', 'wide-foreach.ts', '--max-num-splits', '1000'])
    expect(resumed.exit).toBe(0)
    expect(resumed.said('end')).toEqual(['Total sum is 499500000'])
  })
})

describe.concurrent('parameters', () => {
  it('takes values from the command line and defaults', async ({ expect }) => {
    const project = await Project.create()
    const run = await project.flowctl(['run', 'parameters.ts', '--creature', 'dinosaur', '--count', '10'])
    expect(run.said('start')).toEqual([
      'dinosaur is a string of 8 characters',
      'Count is an integer: 10',
      'Ratio is a number: 0.5',
    ])
    expect(await (await project.latestRun('ParameterFlow')).parameters()).toEqual({
      creature: 'dinosaur',
      count: 10,
      ratio: 0.5,
    })
  })

  it('takes values from the environment, below the command line', async ({ expect }) => {
    const project = await Project.create()
    const environment = { FLOWCTL_RUN_CREATURE: 'dinosaur', FLOWCTL_RUN_COUNT: '3' }
    const run = await project.flowctl(['run', 'parameters.ts', '--count', '4'], environment)
    expect(run.said('start').slice(0, 2)).toEqual(['dinosaur is a string of 8 characters', 'Count is an integer: 4'])
  })

  it.each([
    [[], /--creature/],
    [['--creature', 'x', '--count', 'ten'], /--count.*ten/s],
    [['--creature', 'x', '--ratio', 'half'], /--ratio.*half/s],
    [['--creature', 'x', '--nosuch', '1'], /--nosuch/],
  ])('refuses %j before a run exists', async (given, message) => {
    const project = await Project.create()
    const run = await project.flowctl(['run', 'parameters.ts', ...given])
    expect(run.exit).toBe(2)
    expect(run.output).toMatch(message)
    await expect(project.latestRun('ParameterFlow')).rejects.toThrow()
  })

  it('lists them first in the help', async ({ expect }) => {
    const project = await Project.create()
    const { output, exit } = await project.flowctl(['run', 'parameters.ts', '--help'])
    expect(exit).toBe(0)
    expect(output).toContain('Specify an animal')
    expect(output.indexOf('--creature')).toBeLessThan(output.indexOf('--max-workers'))
  })

  it('json-parameter takes JSON, or its default', async ({ expect }) => {
    const project = await Project.create()
    const given = await project.flowctl(['run', 'json-parameter.ts', '--mapping', '{"mykey": 5, "other": 6}'])
    expect(given.said('start')).toEqual(['key mykey value 5', 'key other value 6'])
    const left = await project.flowctl(['run', 'json-parameter.ts'])
    expect(left.said('start')).toEqual(['key one value 1'])
    const bad = await project.flowctl(['run', 'json-parameter.ts', '--mapping', '{bad'])
    expect(bad.exit).toBe(2)
    expect(bad.output).toMatch(/--mapping.*JSON/s)
  })

  it('csv-file stores the file with the run', async ({ expect }) => {
    const project = await Project.create()
    const run = await project.flowctl(['run', 'csv-file.ts', '--csv', 'data/animals.csv'])
    expect(run.said('start')).toEqual([
      "[ 'creature', 'legs' ]",
      "[ 'bird', '2' ]",
      "[ 'mouse', '4' ]",
      "[ 'dog', '4' ]",
    ])
    await writeFile(path.join(project.folder, 'data/animals.csv'), 'changed\n')
    expect((await (await project.latestRun('CsvFileFlow')).parameters())['csv']).toMatch(/^creature,legs\n/)
  })

  it('csv-file splits at the delimiter, and says which file is not there', async ({ expect }) => {
    const project = await Project.create()
    await writeFile(path.join(project.folder, 'test.csv'), 'a;b\n1;2\n')
    const run = await project.flowctl(['run', 'csv-file.ts', '--csv', 'test.csv', '--delimiter', ';'])
    expect(run.said('start')).toEqual(["[ 'a', 'b' ]", "[ '1', '2' ]"])
    const missing = await project.flowctl(['run', 'csv-file.ts', '--csv', 'nofile.csv'])
    expect(missing.exit).toBe(2)
    expect(missing.output).toContain('nofile.csv')
  })
})
