import type { FlowGraph, StepNode } from '../model.ts'
import { edgesOf } from './edges.ts'

/** A Mermaid flowchart. Nodes are numbered, for words such as `end` mean something in Mermaid. */
export function mermaid(graph: FlowGraph): string {
  const ids = new Map(Object.keys(graph.steps).map((name, index) => [name, `s${index}`]))
  const nodes = Object.values(graph.steps).map((step) => `  ${ids.get(step.name)}${shape(step, graph)}`)
  const edges = edgesOf(graph).map(({ from, to, label }) => {
    const arrow = label === '' ? '-->' : `-->|${quote(label)}|`
    return `  ${ids.get(from)} ${arrow} ${ids.get(to)}`
  })
  return ['flowchart TD', ...nodes, ...edges, ''].join('\n')
}

function shape(step: StepNode, graph: FlowGraph): string {
  const label = quote(step.name)
  if (step.name === graph.start || step.name === graph.end) return `([${label}])`
  if (step.join) return `[\\${label}/]`
  if (step.transition.kind === 'switch') return `{${label}}`
  return step.transition.kind === 'foreach' ? `[[${label}]]` : `(${label})`
}

/** Mermaid has no escapes in quoted text but HTML's. */
function quote(text: string): string {
  return `"${text.replaceAll('&', '#amp;').replaceAll('"', '#quot;').replaceAll('|', '#124;').replaceAll('<', '#lt;').replaceAll('>', '#gt;')}"`
}
