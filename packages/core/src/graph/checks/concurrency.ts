import type { FlowDescription } from '../description.ts'
import type { FlowctlError } from '../../errors/flowctl-error.ts'
import { flowError } from '../../errors/table.ts'
import { stepOf, type FlowGraph } from '../model.ts'
import { structureOf } from '../structure.ts'

/**
 * `@concurrent` stands where it does something: in a body that one process takes whole. What `--with` adds is not judged. Of a graph
 * that passed all other checks.
 */
export function checkConcurrency(graph: FlowGraph, { steps }: FlowDescription): readonly FlowctlError[] {
  const { enclosing, chainOf } = structureOf(graph)
  return steps.flatMap(({ name, decorators }) => {
    const node = stepOf(graph, name)
    if ((decorators.concurrent?.tasks ?? 1) === 1) return []
    const split = enclosing[name]?.at(-1)
    const foreach = split !== undefined && graph.steps[split]?.transition.kind === 'foreach' ? split : undefined
    if (foreach !== undefined && chainOf[foreach] !== undefined) return []
    const details = foreach === undefined ? { step: name } : { step: name, foreach }
    return [flowError('CONCURRENT_WITHOUT_EFFECT', details, { at: node.at })]
  })
}
