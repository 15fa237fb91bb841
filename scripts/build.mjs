import { ensureReady } from './ensure-ready.mjs'

// npm run build: installs what is missing and builds what changed.

ensureReady()
