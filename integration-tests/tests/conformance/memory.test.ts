import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import type { ObjectStore } from '@flowctl/core'
import { fileStore } from '@flowctl/datastore'
import { openFlow } from '@flowctl/runs'
import { conformance } from './conformance.ts'

let folder: string
let store: ObjectStore

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowctl-conformance-'))
  store = fileStore(join(folder, 'datastore'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe.each([{ maxWorkers: 1 }, { maxWorkers: 3 }, { maxWorkers: 2, isolate: true }])(
  'memory engine, %j',
  (options) => {
    conformance(async (file, parameters) => {
      const opened = await openFlow(file, {
        store,
        cacheDir: join(folder, 'cache'),
        api: new URL('../../../packages/cli/dist/bundle/index.js', import.meta.url).href,
        taskProcess: new URL('../../../packages/cli/dist/bundle/task-process.js', import.meta.url),
        env: process.env,
        ...options,
      })
      try {
        const given = Object.entries(parameters).map(([field, text]) => [field, { text, source: `--${field}` }])
        const run = await opened.run({ parameters: Object.fromEntries(given), user: 'tester' })
        await run.ended
        return { store, record: run.record }
      } finally {
        await opened.close()
      }
    }, options.isolate === true)
  },
)
