import type { ResumePlan, ResumeStep } from '@flowctl/runs'
import { counted, dateTime } from '@flowctl/present'
import type { Paint } from '../format/paint.ts'
import { table } from '../format/table.ts'

/** What a resume will take over, what it will run, and why. */
export function planLines(plan: ResumePlan, paint: Paint): string[] {
  const { origin } = plan
  const rows = plan.steps.map((step) => [paint('bold', step.step), actionText(step, paint), step.why])
  return [
    `Resuming ${origin.flow}/${origin.run} of user:${origin.user}, started ${dateTime(origin.createdAt)}`,
    ...table(['', '', ''], rows)
      .slice(1)
      .map((line) => `  ${line}`),
  ]
}

function actionText({ action, reused }: ResumeStep, paint: Paint): string {
  switch (action) {
    case 'reuse':
      return paint('green', `reuse ${counted(reused, 'task')}`)
    case 'partly':
      return paint('yellow', `reuse ${counted(reused, 'task')}, run the rest`)
    case 'run':
      return paint('yellow', 'run')
  }
}
