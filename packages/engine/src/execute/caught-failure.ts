import { targets, type ArtifactRef, type StepNode, type TakenTransition, type TaskRecord } from '@flowctl/core'
import type { FailedAttempt } from './ended-attempt.ts'

/** What a task leaves to those after it. */
export type Left = Pick<TaskRecord, 'artifacts' | 'dropped' | 'taken'>

/**
 * What a task leaves whose failure `@catchError` lets pass: what it had stored before it threw, or else what it found when it started;
 * and the error, when a variable is to hold it.
 */
export function leftByCaught(
  { result }: FailedAttempt,
  step: StepNode,
  found: Pick<TaskRecord, 'artifacts' | 'dropped'>,
  error: ArtifactRef | undefined,
): Left {
  const { artifacts, dropped, taken } = result.caught ?? { ...found, taken: staticTransition(step) }
  const left = dropped === undefined ? { artifacts, taken } : { artifacts, dropped, taken }
  const name = step.decorators.catchError?.var
  if (name === undefined || error === undefined) return left
  return { ...left, artifacts: { ...artifacts, [name]: error } }
}

/** Where a step goes on when its code did not say: `@catchError` is refused on foreach and switch steps. */
function staticTransition({ transition }: StepNode): TakenTransition {
  if (transition.kind === 'linear') return { kind: 'linear', to: transition.to }
  if (transition.kind === 'split') return { kind: 'split', to: targets(transition) }
  return { kind: 'end' }
}
