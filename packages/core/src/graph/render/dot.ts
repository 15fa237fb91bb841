import type { FlowGraph, StepNode } from '../model.ts'
import { edgesOf } from './edges.ts'

/** Graphviz: joins are inverted houses, switches diamonds, foreaches have a double border. */
export function dot(graph: FlowGraph): string {
  const nodes = Object.values(graph.steps).map(
    (step) => `  ${quote(step.name)} [${attributes(step, graph).join(', ')}]`,
  )
  const edges = edgesOf(graph).map(({ from, to, label }) => {
    const text = label === '' ? '' : ` [label=${quote(label)}]`
    return `  ${quote(from)} -> ${quote(to)}${text}`
  })
  const head = [
    `digraph ${quote(graph.flow)} {`,
    '  rankdir=TB',
    '  node [shape=box, style=rounded, fontname="Helvetica"]',
  ]
  return [...head, ...nodes, ...edges, '}', ''].join('\n')
}

function attributes(step: StepNode, graph: FlowGraph): readonly string[] {
  const found = [`label=${quote(step.name)}`]
  if (step.join) found.push('shape=invhouse', 'style=solid')
  if (step.transition.kind === 'switch') found.push('shape=diamond', 'style=solid')
  if (step.transition.kind === 'foreach') found.push('peripheries=2')
  if (step.name === graph.start || step.name === graph.end) found.push('penwidth=2')
  if (step.doc !== '') found.push(`tooltip=${quote(step.doc)}`)
  return found
}

function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
}
