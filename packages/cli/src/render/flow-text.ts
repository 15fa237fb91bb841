import {
  stepOf,
  structureOf,
  type FlowDescription,
  type FlowGraph,
  type StepDecorators,
  type StepNode,
  type Transition,
} from '@flowctl/core'
import type { Paint } from '../format/paint.ts'
import { parameterLines } from './parameter-help.ts'

/** The flow as `show` prints it: its docstring, its parameters, its steps in the order they run. */
export function flowLines(graph: FlowGraph, description: FlowDescription, paint: Paint): string[] {
  const lines = [paint('bold', graph.flow), ...indented(graph.doc), '']
  if (description.parameters.length > 0) lines.push(paint('bold', 'Parameters'), ...parameterLines(description), '')
  for (const name of structureOf(graph).order) {
    lines.push(...stepLines(stepOf(graph, name), graph, paint), '')
  }
  return lines.slice(0, -1)
}

function stepLines(step: StepNode, graph: FlowGraph, paint: Paint): string[] {
  const split = step.join ? structureOf(graph).splitOf[step.name] : undefined
  const joins = split === undefined ? '' : paint('dim', ` (joins ${split})`)
  return [
    ...decoratorLines(step.decorators).map((line) => paint('magenta', line)),
    `Step ${paint('bold', step.name)}${joins}`,
    ...indented(step.doc),
    ...indented(transitionText(step.transition)),
  ]
}

function indented(text: string): string[] {
  return text === '' ? [] : text.split('\n').map((line) => (line === '' ? '' : `    ${line}`))
}

export function transitionText(transition: Transition): string {
  switch (transition.kind) {
    case 'linear':
      return `=> ${transition.to}`
    case 'split':
      return `=> ${transition.to.join(', ')}`
    case 'foreach':
      return `=> ${transition.to} (foreach ${transition.over})`
    case 'switch': {
      const cases = transition.cases.map(({ value, to }) => `${value}: ${to}`)
      return `=> ${cases.join(', ')} (switch on ${transition.condition})`
    }
    case 'end':
      return ''
  }
}

/** `@retry times=2`, one line for each decorator, options that are at their default included. */
function decoratorLines(decorators: StepDecorators): string[] {
  return Object.entries(decorators).map(([name, options]) => {
    const given = Object.entries(options as Record<string, unknown>).map(([key, value]) => `${key}: ${literal(value)}`)
    return given.length === 0 ? `@${name}` : `@${name}({ ${given.join(', ')} })`
  })
}

function literal(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value)
}
