import { defineConfig } from 'vitest/config'

const conditions = ['@flowctl/source', 'module', 'node', 'development|production']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/*/tests/**/*.test.ts'],
    testTimeout: 30_000,
    typecheck: { enabled: false, include: ['packages/*/tests/**/*.test-d.ts'], tsconfig: 'tsconfig.test.json' },
  },
})
