import type { FlowDescription } from '../description.ts'
import type { FlowctlError } from '../../errors/flowctl-error.ts'
import { nearest } from '../../errors/nearest.ts'
import type { SourceFlow, SourceMember, SourceName, SourceStep } from '../source-flow.ts'

/** What the checks look at: the source, the description, and the edges as far as they can be told. */
export interface CheckModel {
  readonly source: SourceFlow
  readonly description: FlowDescription
  readonly steps: ReadonlyMap<string, SourceStep>
  readonly members: ReadonlyMap<string, SourceMember>
  readonly start: string | undefined
  readonly end: string | undefined
  /** Edges between steps of the flow; none into the start and none out of the end, those are problems of their own. */
  readonly edges: ReadonlyMap<string, readonly SourceName[]>
  /**
   * Steps whose ways out are not all in `edges`, because of a problem that is reported elsewhere. What only follows from
   * such a problem is not reported again.
   */
  readonly unsure: ReadonlySet<string>
}

/** Judges one aspect of a flow. Pure. */
export type Check = (model: CheckModel) => readonly FlowctlError[]

export function checkModel(source: SourceFlow, description: FlowDescription): CheckModel {
  const steps = new Map(source.steps.map((step) => [step.name, step]))
  const start = terminal(steps, description, 'start')
  const end = terminal(steps, description, 'end')
  const edges = new Map<string, SourceName[]>()
  const unsure = new Set<string>()
  for (const step of source.steps) {
    const out: SourceName[] = []
    edges.set(step.name, out)
    if (step.name === end) continue
    if (step.next?.shape === undefined) unsure.add(step.name)
    for (const target of step.next?.targets ?? []) {
      // A mistyped name counts as the step it resembles, so that this one does not seem unreachable.
      const meant = steps.has(target.name) ? target.name : nearestStep(steps, target.name)
      if (meant !== target.name) unsure.add(step.name)
      if (meant !== undefined && meant !== start) out.push({ name: meant, at: target.at })
      else if (meant === start) unsure.add(step.name)
    }
  }
  const members = new Map(source.members.map((member) => [member.name, member]))
  return { source, description, steps, members, start, end, edges, unsure }
}

export function nearestStep(steps: ReadonlyMap<string, SourceStep>, name: string): string | undefined {
  return nearest(name, steps.keys())
}

/** Steps marked with `@step({ start: true })` or `@step({ end: true })`. */
export function marked(description: FlowDescription, which: 'start' | 'end'): readonly string[] {
  return description.steps.filter((step) => step[which]).map((step) => step.name)
}

/** The marked step, else the one of that name, else the only step of the flow; of several marked ones the first. */
function terminal(
  steps: ReadonlyMap<string, SourceStep>,
  description: FlowDescription,
  which: 'start' | 'end',
): string | undefined {
  const found = marked(description, which).find((name) => steps.has(name))
  if (found !== undefined) return found
  if (steps.has(which)) return which
  return steps.size === 1 ? [...steps.keys()][0] : undefined
}

/** A join takes its inputs as a parameter; too many parameters are a problem of their own. */
export function isJoin(step: SourceStep | undefined): boolean {
  return step !== undefined && step.parameters > 0
}
