export { openFlow } from './open-flow.ts'
export type {
  LocalRun,
  LocalRunRequest,
  OpenedFlow,
  OpenOptions,
  PreparedRun,
  ResumePlan,
  ResumeRequest,
  ResumeStep,
} from './opened-flow.ts'
export { FLOWCTL_VERSION } from './version.ts'
