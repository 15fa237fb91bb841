import { pathToFileURL } from 'node:url'

// What starting a task process costs at least: Node, the bundle of the task process, and the bundle of a flow.

const [flow = ''] = process.argv.slice(2)
const bundle = new URL('./bundle/', import.meta.resolve('flowctl'))
await import(new URL('task-process.js', bundle).href)
Reflect.set(globalThis, Symbol.for('flowctl.api'), await import(new URL('index.js', bundle).href))
await import(pathToFileURL(flow).href)
process.exit(0)
