import type { FlowctlError } from '../../errors/flowctl-error.ts'
import { flowError } from '../../errors/table.ts'
import type { SourceName } from '../source-flow.ts'
import type { Check, CheckModel } from './check-model.ts'

/** Every step can be reached from the start. */
export const checkReach: Check = (model) => {
  const { start, steps, unsure } = model
  if (start === undefined) return []
  const reached = reachable(model, [start])
  // A way out that cannot be read may lead anywhere: then what seems unreachable is that problem's consequence.
  const lost = [...reached].some((name) => unsure.has(name) && leadsAnywhere(model, name))
  if (lost) return []
  const orphans = [...steps.values()].filter((step) => !reached.has(step.name))
  // Of steps that lead to each other only the first needs a way in.
  const roots: FlowctlError[] = []
  const explained = new Set<string>()
  const hasIncoming = new Set(orphans.flatMap((step) => others(model, step.name)))
  for (const step of [...orphans.filter((one) => !hasIncoming.has(one.name)), ...orphans]) {
    if (explained.has(step.name)) continue
    for (const name of reachable(model, [step.name])) explained.add(name)
    roots.push(flowError('STEP_UNREACHABLE', { step: step.name, start }, { at: step.at }))
  }
  return roots
}

/** Problems after which the targets that were read may not be all. */
const MORE_TARGETS = new Set([
  'NEXT_WITHOUT_TARGET',
  'NEXT_TARGET_UNREADABLE',
  'NEXT_OPTIONS_UNREADABLE',
  'SWITCH_CASE_UNREADABLE',
])

/** Whether a problem leaves open where the step leads; a mistyped name that resembles a step does not. */
function leadsAnywhere({ steps, edges }: CheckModel, name: string): boolean {
  const next = steps.get(name)?.next
  if (next === undefined || next.problems.some((one) => MORE_TARGETS.has(one.code))) return true
  return (edges.get(name) ?? []).length < next.targets.length
}

function others({ edges }: CheckModel, name: string): readonly string[] {
  return (edges.get(name) ?? []).map((to: SourceName) => to.name).filter((to) => to !== name)
}

function reachable({ edges }: Pick<CheckModel, 'edges'>, from: readonly string[]): ReadonlySet<string> {
  const found = new Set(from)
  for (const name of found) for (const to of edges.get(name) ?? []) found.add(to.name)
  return found
}
