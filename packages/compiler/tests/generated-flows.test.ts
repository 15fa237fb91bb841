import type { FlowGraph, StepNode, Transition } from '@flowctl/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'

import { arbitraryGraph } from '../../core/tests/graph/generated-graphs.ts'
import { openFlow } from './open-flow.ts'
import { workspace } from './workspace.ts'

it('reads any graph back from a flow file written for it', async () => {
  const property = fc.asyncProperty(arbitraryGraph({ pools: [undefined, 'gpu'] }), async (graph) => {
    const read = await openFlow(workspace({ 'flow.ts': sourceText(graph) }), 'flow.ts')
    expect(withoutPlaces(read)).toEqual(withoutPlaces(graph))
  })
  await fc.assert(property, { numRuns: 25 })
})

function sourceText(graph: FlowGraph): string {
  const steps = Object.values(graph.steps).map((step) => {
    const pool = step.decorators.resources?.pool
    const decorators = pool === undefined ? '@step' : `@resources({ pool: '${pool}' }) @step`
    return `  ${decorators} ${step.name}(${step.join ? 'inputs: unknown' : ''}) { ${call(step.transition)} }`
  })
  const head = `import { FlowSpec, step, resources } from 'flowctl'\nexport default class Generated extends FlowSpec {`
  return [head, '  items = [1]', `  choice = ''`, ...steps, '}'].join('\n')
}

function call(transition: Transition): string {
  switch (transition.kind) {
    case 'linear':
      return `this.next(this.${transition.to})`
    case 'split':
      return `this.next(${transition.to.map((to) => `this.${to}`).join(', ')})`
    case 'foreach':
      return `this.next(this.${transition.to}, { foreach: '${transition.over}' })`
    case 'switch': {
      const cases = transition.cases.map(({ value, to }) => `${value}: this.${to}`).join(', ')
      return `this.next({ ${cases} }, { condition: '${transition.condition}' })`
    }
    case 'end':
      return ''
  }
}

function withoutPlaces({ start, end, steps }: FlowGraph): unknown {
  const plain = ({ name, join, transition, decorators }: StepNode): unknown => ({ name, join, transition, decorators })
  return { start, end, steps: Object.values(steps).map(plain) }
}
