import { pathToFileURL } from 'node:url'
import { PRODUCT } from './product.mjs'

// What starting a task process costs at least: Node, the bundle of the task process, and the bundle of a flow.

const [flow = ''] = process.argv.slice(2)
await import(PRODUCT.taskProcess.href)
Reflect.set(globalThis, Symbol.for('flowctl.api'), await import(PRODUCT.api))
await import(pathToFileURL(flow).href)
process.exit(0)
