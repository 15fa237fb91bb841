import type { FlowGraph } from '../model.ts'
import { dot } from './dot.ts'
import { mermaid } from './mermaid.ts'

export const GRAPH_FORMATS = ['dot', 'mermaid', 'json'] as const

export type GraphFormat = (typeof GRAPH_FORMATS)[number]

/** The graph as text: for Graphviz, for Mermaid, or as its plain model. Ends with a newline. */
export function renderGraph(graph: FlowGraph, format: GraphFormat): string {
  switch (format) {
    case 'dot':
      return dot(graph)
    case 'mermaid':
      return mermaid(graph)
    case 'json':
      return `${JSON.stringify(graph, null, 2)}\n`
  }
}
