export { openFlow } from './open-flow.ts'
export type {
  LocalRun,
  LocalRunRequest,
  OpenedFlow,
  OpenOptions,
  ResumePlan,
  ResumeRequest,
  ResumeStep,
} from './opened-flow.ts'
export { FLOWCTL_VERSION } from './version.ts'
