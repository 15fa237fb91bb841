import type { FlowGraph } from '../model.ts'

export interface Edge {
  readonly from: string
  readonly to: string
  /** What tells it from others of its step, `''` when nothing does. */
  readonly label: string
}

/** All transitions, in the order of the source. Cases that lead to one step share an edge. */
export function edgesOf(graph: FlowGraph): readonly Edge[] {
  return Object.values(graph.steps).flatMap(({ name: from, transition }): readonly Edge[] => {
    switch (transition.kind) {
      case 'linear':
        return [{ from, to: transition.to, label: '' }]
      case 'split':
        return transition.to.map((to) => ({ from, to, label: '' }))
      case 'foreach':
        return [{ from, to: transition.to, label: `each of ${transition.over}` }]
      case 'switch': {
        const { cases, condition } = transition
        return [...new Set(cases.map((one) => one.to))].map((to) => {
          const values = cases.filter((one) => one.to === to).map((one) => one.value)
          return { from, to, label: `${condition} = ${values.join(' | ')}` }
        })
      }
      case 'end':
        return []
    }
  })
}
