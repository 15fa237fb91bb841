import { ensureReady } from './ensure-ready.mjs'

// npm run bench [-- NAME...] [--smoke]: see benchmarks/README.md.

ensureReady()
await import('../benchmarks/src/main.mjs')
