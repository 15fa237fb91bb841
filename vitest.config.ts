import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

// Without vite's own 'module': Node would take it too, and give packages' files that only a bundler can read.
const conditions = ['@flowctl/source', 'node', 'development|production']
const homes = '{packages/*,examples,docs,integration-tests,benchmarks,scripts}/tests'

const MINUTE_MS = 60_000

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: [`${homes}/**/*.test.ts`, 'integration-tests/faults/*.test.ts'],
    // Tests on servers wait more than they compute.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    // These limits end what hangs. They say nothing about speed, so a busy machine does not reach them.
    testTimeout: 10 * MINUTE_MS,
    hookTimeout: 10 * MINUTE_MS,
    teardownTimeout: MINUTE_MS,
    expect: { poll: { timeout: 8 * MINUTE_MS, interval: 20 } },
    // On a shared machine a real server or process is now and then late; a test that needed its second try is listed as such.
    retry: process.env['CI'] === undefined ? 0 : 1,
    typecheck: {
      enabled: false,
      spawnTimeout: 5 * MINUTE_MS,
      include: [`${homes}/**/*.test-d.ts`],
      tsconfig: 'tsconfig.test.json',
      ignoreSourceErrors: true,
    },
  },
})
