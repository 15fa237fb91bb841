#!/usr/bin/env node
import('../dist/bin.js').catch((error) => {
  if (error?.code === 'ERR_MODULE_NOT_FOUND' && String(error.message).includes('dist/bin.js')) {
    console.error('flowctl is not built yet. Run `npm run build` in the repository first.')
    process.exitCode = 2
    return
  }
  throw error
})
