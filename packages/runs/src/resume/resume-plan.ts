import type { RunRecord } from '@flowctl/core'

export interface ResumeRequest {
  /** Run id. @default the flow's newest run, resumed ones included */
  readonly origin?: string
  /** Run this step and all after it again, whatever became of it. */
  readonly step?: string
}

export interface ResumePlan {
  readonly origin: RunRecord
  readonly step?: string
  /** In topological order. */
  readonly steps: readonly ResumeStep[]
}

export interface ResumeStep {
  readonly step: string
  readonly action: 'reuse' | 'run' | 'partly'
  /** Tasks taken over. */
  readonly reused: number
  /** One line for people: `3 of 10 tasks failed`, `never ran`, `asked for`, `comes after trainSvm`. */
  readonly why: string
}
