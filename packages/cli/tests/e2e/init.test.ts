import { execFile } from 'node:child_process'
import { existsSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Project } from '../support/project.ts'

const execute = promisify(execFile)
const PACKAGES = fileURLToPath(new URL('../../../../node_modules', import.meta.url))

let parent: Project
let folder: string
beforeAll(async () => {
  parent = new Project()
  folder = join(parent.folder, 'My Flows')
  const { code, stdout, stderr } = await parent.flowctl('init', 'My Flows')
  expect(stderr).toBe('')
  expect(code).toBe(0)
  expect(stdout).toContain("  cd 'My Flows'\n  npm install\n  npm run flow\n")
  // In place of `npm install`.
  symlinkSync(PACKAGES, join(folder, 'node_modules'))
})
afterAll(() => parent.remove())

async function npm(...words: string[]): Promise<string> {
  const { stdout } = await execute('npm', words, { cwd: folder, env: { ...process.env, FLOWCTL_USER: 'ada' } })
  return stdout
}

test('the project is named and complete', () => {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    name: string
    dependencies: Record<string, string>
  }
  expect(manifest.name).toBe('my-flows')
  expect(manifest.dependencies['flowctl']).toMatch(/^(\^|file:)/)
  expect(readFileSync(join(folder, '.gitignore'), 'utf8')).toContain('.flowctl/')
  expect(existsSync(join(folder, 'gitignore'))).toBe(false)
})

test('its flow runs, with parameters too', async () => {
  expect(await npm('run', 'flow')).toMatch(/\] Hello, Ada! Hello, Grace! Hello, Linus!\n/)
  expect(await npm('run', 'flow', '--', '--names', 'Bob', '--greeting', 'Hi')).toMatch(/\] Hi, Bob!\n/)
})

test('its test passes', async () => {
  expect(await npm('test')).toMatch(/^# pass 1$/m)
})

test('it type-checks', async () => {
  await npm('run', 'typecheck')
})

test.each([['My Flows'], ['.']])('a folder that is not empty is refused: %s', async (name) => {
  const { code, stderr } = await parent.flowctl('init', name)
  expect(code).toBe(2)
  expect(stderr).toContain('Error [COMMAND_FOLDER_NOT_EMPTY]')
})

test('a file is refused', async () => {
  parent.write('file', '')
  for (const name of ['file', 'file/below']) {
    const { code, stderr } = await parent.flowctl('init', name)
    expect(code).toBe(2)
    expect(stderr).toContain('Error [COMMAND_FOLDER_IS_FILE]')
  }
})
