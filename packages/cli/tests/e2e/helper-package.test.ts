import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Project } from '../support/project.ts'

const HELPERS = {
  'esm-helper/package.json': '{ "name": "esm-helper", "version": "1.0.0", "type": "module", "exports": "./index.js" }',
  'esm-helper/index.js': `import { current, FlowSpec, getNamespace, serializable, setNamespace } from 'flowctl'
export class EsmPoint { constructor(x) { this.x = x } }
serializable(EsmPoint)
export const enter = () => setNamespace('user:zed')
export const seen = () => [getNamespace(), current.stepName]
export { FlowSpec }
`,
  'cjs-helper/package.json': '{ "name": "cjs-helper", "version": "1.0.0", "main": "./index.js" }',
  'cjs-helper/index.js': `const { current, FlowSpec, getNamespace, serializable } = require('flowctl')
class CjsPoint { constructor(x) { this.x = x } }
serializable(CjsPoint)
exports.CjsPoint = CjsPoint
exports.seen = () => [getNamespace(), current.stepName]
exports.FlowSpec = FlowSpec
`,
}

const FLOW = `import { FlowSpec, getNamespace, step } from 'flowctl'
import * as esm from 'esm-helper'
import * as cjs from 'cjs-helper'
export default class HelpedFlow extends FlowSpec {
  points!: unknown[]
  @step start() {
    esm.enter()
    console.log(JSON.stringify([getNamespace(), esm.seen(), cjs.seen(), esm.FlowSpec === FlowSpec, cjs.FlowSpec === FlowSpec]))
    this.points = [new esm.EsmPoint(1), new cjs.CjsPoint(2)]
    this.next(this.end)
  }
  @step end() {
    console.log(this.points[0] instanceof esm.EsmPoint, this.points[1] instanceof cjs.CjsPoint)
  }
}
`

let project: Project
beforeAll(() => {
  project = new Project()
  mkdirSync(join(project.folder, 'flows'))
  project.write('flows/helped.ts', FLOW)
  for (const [name, text] of Object.entries(HELPERS)) {
    const file = join(project.folder, 'flows/node_modules', name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
})
afterAll(() => project.remove())

test('packages that import or require flowctl share namespace, running task and registered classes with the flow', async () => {
  const { code, stdout, stderr } = await project.flowctl('run', 'flows/helped.ts')
  expect(code, stderr).toBe(0)
  expect(stdout + stderr).toContain('["user:zed",["user:zed","start"],["user:zed","start"],true,true]')
  expect(stdout + stderr).toContain('true true')
})
