export {
  FlowctlError,
  isFlowctlError,
  type ErrorEntry,
  type SourceLocation,
} from './errors/flowctl-error.ts'
export { FlowProblems, isFlowProblems } from './errors/problems.ts'
export { ERRORS, flowError, type ErrorCode } from './errors/table.ts'
export type {
  DescribedStep,
  FlowDescription,
  GivenParameter,
  ParameterDescription,
} from './authoring/description.ts'
export { RUNTIME, type ForeachFrame, type MergeOptions, type TaskRuntime } from './authoring/task-runtime.ts'
export {
  targets,
  type CatchErrorOptions,
  type EnvironmentOptions,
  type FlowGraph,
  type ResourceOptions,
  type RetryOptions,
  type StepDecorators,
  type StepNode,
  type SwitchCase,
  type TimeoutOptions,
  type Transition,
} from './graph/model.ts'
export type {
  SourceFlow,
  SourceMember,
  SourceName,
  SourceNext,
  SourceStep,
  TransitionProblem,
  TransitionProblemCode,
} from './graph/source-flow.ts'
export { nearest } from './graph/nearest.ts'
export { structureOf, type GraphStructure } from './graph/structure.ts'
export {
  formatPathspec,
  parsePathspec,
  pathspecLevel,
  type Pathspec,
  type PathspecLevel,
} from './ids/pathspec.ts'
export { continuationKey, parseSliceKey, sliceKey, type ParsedSliceKey } from './ids/slice-key.ts'
export { parseTaskId, taskId, type TaskPosition } from './ids/task-id.ts'
export type {
  Body,
  ConditionalPutResult,
  ListOptions,
  ListPage,
  ObjectStore,
  PutResult,
  StoredObject,
  SyncReads,
} from './ports/object-store.ts'
export { INLINE_LIMIT, type ArtifactMap, type ArtifactRef } from './records/artifact-ref.ts'
export type {
  AttemptRecord,
  Commit,
  Continuation,
  ItemSegment,
  LogRef,
  SlicePlan,
  TakenTransition,
  TaskError,
  TaskRecord,
} from './records/commit.ts'
export * as layout from './records/layout.ts'
export type {
  CodeRef,
  EndRecord,
  FirstFailure,
  HeartbeatRecord,
  RunOptions,
  RunRecord,
  StepCounts,
  StopRecord,
  TagsRecord,
} from './records/run-record.ts'
export { isAdoptable, stepsToRunAgain } from './plan/adoption.ts'
export { nextBatch, rangesOf, SLICE_TARGET_MS, type BatchInput } from './plan/batches.ts'
export { ForeachCursor, type OpenForeach, type Plan } from './plan/foreach-cursor.ts'
export { frontier, successors } from './plan/frontier.ts'
export { historyOf, NOTHING, type History, type HistoryParts } from './plan/history.ts'
export {
  chainFrom,
  FINISH,
  isPacked,
  joinJob,
  joinJobId,
  parentOf,
  sliceJob,
  sliceJobId,
  taskSlice,
  type FinishJob,
  type Job,
  type JoinJob,
  type Slice,
  type SliceJob,
  type TaskRef,
} from './plan/job.ts'
