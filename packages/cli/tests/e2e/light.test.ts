import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { HELLO } from '../support/flows.ts'
import { Project } from '../support/project.ts'

let project: Project
beforeAll(() => {
  project = new Project({
    'hello.ts': HELLO,
    // Writes down every module that is loaded.
    'watch.mjs': `import { register } from 'node:module'
register('data:text/javascript,' + encodeURIComponent(\`
  import { appendFileSync } from 'node:fs'
  export async function load(url, context, next) {
    appendFileSync(process.env.LOADED, url + '\\\\n')
    return next(url, context)
  }\`))
`,
  })
})
afterAll(() => project.remove())

const HEAVY =
  /^\/\/ (node_modules\/(bullmq|ioredis|pino|prom-client|confbox|jiti|hono|@hono|@aws-sdk|@smithy)\/|packages\/services\/)/

async function loaded(name: string, ...words: string[]): Promise<string[]> {
  const file = join(project.folder, `${name}.txt`)
  const watch = pathToFileURL(join(project.folder, 'watch.mjs')).href
  const { code } = await project.with({ NODE_OPTIONS: `--import ${watch}`, LOADED: file }, ...words)
  expect(code).toBe(0)
  return readFileSync(file, 'utf8').split('\n')
}

test.each([
  ['run', ['run', 'hello.ts']],
  ['status', ['status', 'HelloFlow']],
  ['help', ['--help']],
] as const)('%s loads nothing of shared compute', async (name, words) => {
  const modules = await loaded(name, ...words)
  const files = modules.filter((url) => url.includes('/dist/bundle/')).map((url) => fileURLToPath(url))
  expect(files.length).toBeGreaterThan(2)
  // A file of the bundle names the modules that it is made of.
  const sources = files.flatMap(
    (file) => readFileSync(file, 'utf8').match(/^\/\/ (?:node_modules|packages)\/\S+$/gm) ?? [],
  )
  expect(sources).toContain('// packages/cli/src/main.ts')
  expect(sources.filter((source) => HEAVY.test(source))).toEqual([])
})
