import { pathToFileURL } from 'node:url'

import * as core from '@flowctl/core'
import {
  assembleGraph,
  describeFlow,
  flowClassOf,
  isFlowctlError,
  isFlowProblems,
  undescribedProblems,
  type FlowClass,
  type FlowctlError,
  type FlowDescription,
  type FlowGraph,
} from '@flowctl/core'

import { compileFlow, type CompiledFlow } from '../src/index.ts'
import type { Workspace } from './workspace.ts'

Object.assign(globalThis, { [Symbol.for('flowctl.api')]: core })

/** Imports a bundle as a task process does. */
export async function load(bundle: string): Promise<Record<string, unknown>> {
  return (await import(/* @vite-ignore */ pathToFileURL(bundle).href)) as Record<string, unknown>
}

export async function flowClass(compiled: CompiledFlow): Promise<FlowClass> {
  return flowClassOf(await load(compiled.bundle), compiled.className)
}

/** Compiles, loads, describes and checks a flow file, as opening it does. */
export async function openFlow(space: Workspace, name: string): Promise<FlowGraph> {
  const compiled = await compileFlow(space.path(name), { cacheDir: space.cacheDir })
  return assembleGraph(compiled.source, await describe(compiled))
}

async function describe(compiled: CompiledFlow): Promise<FlowDescription> {
  try {
    return describeFlow(await flowClass(compiled), compiled.className)
  } catch (error) {
    throw isFlowProblems(error) ? undescribedProblems(compiled.source, error.problems) : error
  }
}

/** Line 1 of the body is line 3 of the file. */
export function inClass(body: string): string {
  const names = 'FlowSpec, step, retry, catchError, timeout, resources, Parameter, type Inputs'
  return `import { ${names} } from 'flowctl'\nexport default class Bad extends FlowSpec {\n${body}\n}\n`
}

/** The problems of something that must have some. */
export async function problemsOf(opening: Promise<unknown>): Promise<readonly FlowctlError[]> {
  const error = await opening.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (isFlowProblems(error)) return error.problems
  if (isFlowctlError(error)) return [error]
  throw error instanceof Error ? error : new Error('There were no problems.')
}

/** `CODE line:column` of each problem. */
export function places(problems: readonly FlowctlError[]): readonly string[] {
  return problems.map(({ code, at }) => `${code} ${at?.line}:${at?.column}`)
}

/** Takes the mark `‸` out of a source and tells where it stood: where an error is expected. */
export function marked(source: string): { readonly text: string; readonly places: readonly string[] } {
  const found: string[] = []
  const lines = source.split('\n').map((line, index) => {
    let text = line
    for (let column = text.indexOf('‸'); column >= 0; column = text.indexOf('‸')) {
      found.push(`${index + 1}:${column + 1}`)
      text = text.slice(0, column) + text.slice(column + 1)
    }
    return text
  })
  return { text: lines.join('\n'), places: found }
}
