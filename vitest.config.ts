import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

// Without vite's own 'module': Node would take it too, and give packages' files that only a bundler can read.
const conditions = ['@flowctl/source', 'node', 'development|production']
const homes = '{packages/*,examples,docs,integration-tests,benchmarks,scripts}/tests'

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: [`${homes}/**/*.test.ts`, 'integration-tests/faults/*.test.ts'],
    // Tests on servers wait more than they compute.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    // On a shared machine a real server or process is now and then late; a test that needed its second try is listed as such.
    retry: process.env['CI'] === undefined ? 0 : 1,
    typecheck: {
      enabled: false,
      include: [`${homes}/**/*.test-d.ts`],
      tsconfig: 'tsconfig.test.json',
      ignoreSourceErrors: true,
    },
  },
})
