import { expect, test } from 'vitest'
import { Part } from '../../src/up/part.ts'

function part(code: string): { readonly part: Part; readonly said: string[] } {
  const said: string[] = []
  const program = [process.execPath, '-e', code] as const
  const one = new Part({
    name: 'worker',
    program,
    words: ['worker'],
    cwd: process.cwd(),
    environment: { PATH: process.env['PATH'], HELLO: 'there' },
    onLine: (line) => said.push(line),
  })
  return { part: one, said }
}

const READY = `process.send({ type: 'ready', url: 'http://x' })`
const STAY = 'setInterval(() => {}, 1000)'

test('gets its words and environment; its lines are passed on whole', async () => {
  const { part: one, said } = part(
    `console.log(process.argv.at(-1), process.env.HELLO); process.stderr.write('half'); process.stderr.write(' line')`,
  )
  expect(await one.ended).toBe('exit code 0')
  expect(said.sort()).toEqual(['half line', 'worker there'])
})

test('says when it is ready', async () => {
  const { part: one } = part(`${READY}; ${STAY}`)
  expect(await one.ready).toEqual({ type: 'ready', url: 'http://x' })
  expect(one.pid).toBeGreaterThan(0)
  await one.stop(5000)
  expect(await one.ended).toBe('SIGTERM')
})

test('one that ends before it is ready says how', async () => {
  const { part: one } = part('process.exit(3)')
  await expect(one.ready).rejects.toBe('exit code 3')
})

test('one that does not end in time is killed', async () => {
  const { part: one } = part(`process.on('SIGTERM', () => {}); ${READY}; ${STAY}`)
  await one.ready
  const before = performance.now()
  await one.stop(200)
  expect(await one.ended).toBe('SIGKILL')
  expect(performance.now() - before).toBeGreaterThan(190)
  await one.stop(200)
})

test('a program that does not exist', async () => {
  const one = new Part({
    name: 'worker',
    program: ['/nowhere/flowctl'],
    words: [],
    cwd: process.cwd(),
    environment: {},
    onLine: () => {},
  })
  expect(await one.ended).toContain('ENOENT')
  expect(one.pid).toBe(0)
  await one.stop(100)
})
