export type { ErrorEntry } from './errors/define/entry.ts'
export { FlowctlError, isFlowctlError, type SourceLocation } from './errors/flowctl-error.ts'
export { nearest, nearestNames } from './errors/nearest.ts'
export { FlowProblems, isFlowProblems } from './errors/problems.ts'
export { ERRORS, flowError, type ErrorCode } from './errors/table.ts'
export { framesOf } from './errors/thrown.ts'
export { endedBy, fromWire, toTaskError, toWire, type TaskError, type WireError } from './errors/wire.ts'
export type { DescribedStep, FlowDescription, GivenParameter, ParameterDescription } from './graph/description.ts'
export { current, findCurrentBy, setCurrent, type Current } from './authoring/current.ts'
export type { CurrentInfo } from './authoring/current-info.ts'
export {
  catchError,
  concurrent,
  environment,
  resources,
  retry,
  step,
  timeout,
  type BareOrConfigured,
  type Configured,
  type StepOptions,
} from './authoring/decorators/decorators.ts'
export type { StepDecorator } from './authoring/decorators/decorate.ts'
export type {
  CatchErrorDecoratorOptions,
  ConcurrentDecoratorOptions,
  EnvironmentDecoratorOptions,
  ResourcesDecoratorOptions,
  RetryDecoratorOptions,
  TimeoutDecoratorOptions,
} from './authoring/decorators/step-decorators.ts'
export { parseWithDecorator } from './authoring/decorators/with-decorator.ts'
export {
  FlowSpec,
  isFlowClass,
  type FlowClass,
  type ForeachOptions,
  type StepMethod,
  type SwitchCases,
  type SwitchOptions,
} from './authoring/flow-spec.ts'
export type { InputList, Inputs } from './authoring/inputs.ts'
export { constructFlow } from './authoring/loading/construct-flow.ts'
export { describeFlow, flowClassOf } from './authoring/loading/describe-flow.ts'
export { bindParameters, type BindContext } from './authoring/loading/bind-parameters.ts'
export type { DefaultContext, DefaultValue, SharedOptions } from './authoring/declarations/declaration.ts'
export { IncludeFile, type EncodingOption } from './authoring/parameters/include-file.ts'
export { RESERVED_OPTIONS } from './authoring/parameters/naming.ts'
export {
  Parameter,
  type ParameterOptions,
  type ParameterValue,
  type SeparatorOption,
  type SureOptions,
  type UnsureOptions,
} from './authoring/parameters/parameter.ts'
export type {
  SchemaInput,
  SchemaOutput,
  SchemaResult,
  SchemaIssue,
  StandardSchema,
} from './authoring/declarations/standard-schema.ts'
export { RUNTIME, type ForeachFrame, type MergeOptions, type TaskRuntime } from './authoring/task-runtime.ts'
export {
  stepOf,
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
export { assembleGraph } from './graph/assembly/assemble.ts'
export { undescribedProblems } from './graph/assembly/undescribed.ts'
export { GRAPH_FORMATS, renderGraph, type GraphFormat } from './graph/render/render-graph.ts'
export { FLOW_MEMBERS, FLOW_SPEC_MEMBERS, type FlowMember } from './graph/flow-spec-members.ts'
export { structureOf, type GraphStructure } from './graph/structure.ts'
export { formatPathspec, parsePathspec, pathspecLevel, type Pathspec, type PathspecLevel } from './ids/pathspec.ts'
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
export type { RunQueue } from './ports/run-queue.ts'
export { INLINE_LIMIT, type ArtifactMap, type ArtifactRef } from './records/artifact-ref.ts'
export type {
  AttemptRecord,
  Commit,
  Continuation,
  ItemSegment,
  LogRef,
  SlicePlan,
  TakenTransition,
  TaskRecord,
} from './records/commit.ts'
export * as layout from './records/layout.ts'
export type {
  CodeRef,
  EndRecord,
  FirstFailure,
  HeartbeatRecord,
  Placement,
  RunOptions,
  RunRecord,
  StepCounts,
  StopRecord,
  TagsRecord,
} from './records/run-record.ts'
export { isAdoptable, stepsToRunAgain } from './plan/adoption.ts'
export { bodiesAtOnce, bodyTimes, tasksAtOnce } from './plan/concurrency.ts'
export { nextBatch, rangesOf, SLICE_TARGET_MS, type BatchInput } from './plan/batches.ts'
export { ForeachCursor, type OpenForeach, type Plan } from './plan/foreach-cursor.ts'
export { advance, wake, type Command, type Done, type Found, type RunState, type Waking } from './plan/advance.ts'
export { batchJobs, frontier, successors } from './plan/frontier.ts'
export { endOf, failedIn, firstFailure } from './plan/outcomes.ts'
export { foreachAround, foreachClosedBy, joinAround, joinOf } from './plan/relations.ts'
export { restore, type Restoration } from './plan/restore.ts'
export { planAround } from './plan/plan-around.ts'
export { bodyOf, plannedSlices, type ForeachTask } from './plan/planned-slices.ts'
export { historyOf, NOTHING, type History, type HistoryParts } from './plan/history.ts'
export {
  chainFrom,
  FINISH,
  isPacked,
  joinJob,
  joinJobId,
  parentOf,
  pathOf,
  sliceJob,
  sliceJobId,
  continuationSlice,
  taskSlice,
  type FinishJob,
  type Job,
  type JoinJob,
  type Slice,
  type SliceJob,
  type TaskRef,
  type WorkJob,
} from './plan/job.ts'
