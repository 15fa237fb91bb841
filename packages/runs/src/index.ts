export { openFlow } from './flow/open-flow.ts'
export type { LocalRun, LocalRunRequest, OpenedFlow, OpenOptions, PreparedRun } from './flow/opened-flow.ts'
export { FLOWCTL_VERSION } from './flow/version.ts'
export type { ResumePlan, ResumeRequest, ResumeStep } from './resume/resume-plan.ts'
