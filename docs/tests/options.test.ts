import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const binary = fileURLToPath(new URL('../../packages/cli/bin/flowctl.js', import.meta.url))
const page = readFileSync(new URL('../cli.md', import.meta.url), 'utf8')
const commands = [
  ...['run', 'resume', 'show', 'check', 'graph', 'init', 'status', 'logs', 'dump', 'up', 'coordinator'].map((name) => [
    name,
  ]),
  ...['worker', 'submit', 'cancel', 'queues', 'workers'].map((name) => [name]),
  ...['flows', 'runs', 'tasks'].map((name) => ['list', name]),
  ...['add', 'remove', 'replace', 'list'].map((name) => ['tag', name]),
]

describe.concurrent('the command line page', () => {
  it.each(commands.map((words) => [words.join(' ')]))('names every option of flowctl %s', async (command) => {
    const { stdout } = await promisify(execFile)(process.execPath, [binary, ...command.split(' '), '--help'])
    const options = [...stdout.matchAll(/^ +(?:-\w, )?(--[a-z-]+)/gm)].map((match) => match[1] as string)
    const missing = options.filter((option) => option !== '--help' && !page.includes(`\`${option}`))
    expect(options.length).toBeGreaterThan(0)
    expect(missing).toEqual([])
  })

  it('names every command of the help', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [binary, '--help'])
    const section = /^Commands:\n((?: +.*\n)+)/m.exec(stdout)?.[1] ?? ''
    const names = [...section.matchAll(/^ {2}([a-z]+)/gm)].map((match) => match[1] as string)
    expect(names.length).toBeGreaterThan(5)
    expect(names.filter((name) => name !== 'help' && !page.includes(`flowctl ${name}`))).toEqual([])
  })
})
