import { constructFlow, flowError, isFlowctlError, type ArtifactRef, type TakenTransition } from '@flowctl/core'
import type { TaskAnswer } from '../protocol/answers.ts'
import type { AnswerPipe } from '../answers/answer-pipe.ts'
import { CurrentTask } from './current-task.ts'
import type { TaskGuard } from '../isolation/guard.ts'
import { FlowInstance } from '../artifacts/instance.ts'
import type { LogCapture } from '../answers/logs.ts'
import { RunningTask, type RunningTasks, type SharedSlice } from '../answers/running-tasks.ts'
import type { RunSession } from '../session/run-session.ts'
import { snapshotItems } from './snapshot.ts'
import type { ProcessState } from '../isolation/process-state.ts'
import type { Inherited } from '../artifacts/task-artifacts.ts'
import { errorOfStep } from '../answers/task-error.ts'
import { staticTaken, Task, type TaskPlan } from './task.ts'

/** The parts of the process that tasks run with. */
export interface Workplace {
  readonly pipe: AnswerPipe
  readonly logs: LogCapture
  readonly tasks: RunningTasks
  readonly guard: TaskGuard
  readonly surroundings: ProcessState
}

type Result = TaskAnswer['result']

export interface RunOptions {
  /** Say at once that it starts. */
  readonly cautious: boolean
  /** Other tasks of this slice run at the same time. */
  readonly slice: SharedSlice | undefined
}

/** Runs one attempt from its `started` to its `task` answer. Gives what the next step of the chain inherits; `undefined` if it failed. */
export async function runTask(
  session: RunSession,
  plan: TaskPlan,
  place: Workplace,
  { cautious, slice }: RunOptions,
): Promise<Inherited | undefined> {
  const { pipe, tasks, logs, surroundings } = place
  const { node, id, attempt } = plan
  const named = { step: node.name, task: id, attempt }
  const input = plan.inputPreview === undefined ? {} : { input: plan.inputPreview }
  const startedAt = Date.now()
  pipe.push({ type: 'started', ...named, at: startedAt, ...input })
  if (cautious) pipe.flush()
  else pipe.flushIfDue()
  const task = new Task(session, plan)
  const running = new RunningTask(named, new CurrentTask(session, task, surroundings), slice)
  const { result, bytes } = await tasks.run(running, () => attemptTask(session, task, running, place))
  logs.flushPartial(running)
  surroundings.removeTempDir(running.current)
  if (tasks.running.size === 0) surroundings.restore()
  pipe.push({ type: 'task', ...named, startedAt, endedAt: Date.now(), ...input, result }, bytes)
  return result.ok ? { artifacts: result.artifacts, dropped: result.dropped } : undefined
}

async function attemptTask(
  session: RunSession,
  task: Task,
  running: RunningTask,
  { guard }: Workplace,
): Promise<{ result: Result; bytes: number }> {
  let instance: FlowInstance | undefined
  try {
    await prefetch(session, task)
    instance = makeInstance(session, task)
    await runStep(task, instance, running, guard)
    return await succeed(session, task, instance)
  } catch (error) {
    task.end()
    return fail(task, instance, explained(session, task, error))
  }
}

/** What the step's source is seen to read is fetched in parallel; the rest loads when it is read. */
async function prefetch(session: RunSession, task: Task): Promise<void> {
  const { node, inherited } = task.plan
  const refs: ArtifactRef[] = []
  for (const name of node.reads) {
    const ref = Object.hasOwn(inherited.artifacts, name) ? inherited.artifacts[name] : undefined
    if (ref !== undefined && ref.inline === undefined) refs.push(ref)
  }
  if (refs.length > 0) await session.artifacts.prefetch(refs)
}

function makeInstance(session: RunSession, task: Task): FlowInstance {
  const { node, inherited } = task.plan
  const isStart = node.name === session.graph.start
  const flow = constructFlow(session.flowClass, session.parameters.duringConstruction(isStart))
  return new FlowInstance(flow, task, {
    isParameter: (name) => session.parameters.has(name),
    more: [...Object.keys(inherited.artifacts), ...Object.keys(inherited.dropped ?? {}), ...node.reads],
    keepInitial: isStart,
  })
}

async function runStep(task: Task, { flow }: FlowInstance, running: RunningTask, guard: TaskGuard): Promise<void> {
  const { step } = task
  const method = (flow as Record<string, unknown>)[step] as (...args: readonly unknown[]) => unknown
  const returned = method.apply(flow, [...task.stepArguments()])
  if (isPromiseLike(returned)) await guard.watch(running, returned, () => flowError('STEP_NEVER_SETTLES', { step }))
  task.end()
  // Rejections that nobody handles are reported by the event loop: only after a turn of it is the step known to be well.
  await new Promise((resolve) => setImmediate(resolve))
  guard.check(running)
}

async function succeed(
  session: RunSession,
  task: Task,
  instance: FlowInstance,
): Promise<{ result: Result; bytes: number }> {
  instance.collect()
  task.checkTransition()
  const taken = await takenTransition(session, task, instance)
  const caughtVar = task.plan.node.decorators.catchError?.var
  if (caughtVar !== undefined) task.assignField(caughtVar, null)
  const { artifacts, inlineBytes } = await task.artifacts.save()
  const dropped = task.dropped(artifacts)
  return { result: { ok: true, artifacts, ...(dropped === undefined ? {} : { dropped }), taken }, bytes: inlineBytes }
}

async function takenTransition(session: RunSession, task: Task, { flow }: FlowInstance): Promise<TakenTransition> {
  const { node } = task.plan
  const { transition } = node
  const step = node.name
  const read = (name: string): unknown => (flow as Record<string, unknown>)[name]
  if (transition.kind === 'foreach') {
    const { over: name, to } = transition
    const max = session.open.options.maxNumSplits
    const snapshot = await snapshotItems(session.artifacts, { step, to, name, value: read(name), max })
    if (snapshot.replacement !== undefined) task.assignField(name, snapshot.replacement)
    return snapshot.taken
  }
  if (transition.kind === 'switch') {
    const { condition: name, cases } = transition
    const value = read(name)
    const found = cases.find((one) => one.value === String(value))
    if (found !== undefined) return { kind: 'switch', to: found.to, value: found.value }
    const shown = typeof value === 'string' ? `'${value}'` : String(value)
    throw flowError('SWITCH_NO_CASE', { step, name, value: shown, cases: cases.map((one) => one.value) })
  }
  return transition
}

async function fail(
  task: Task,
  instance: FlowInstance | undefined,
  error: unknown,
): Promise<{ result: Result; bytes: number }> {
  const caught = await leftBehind(task, instance)
  return { result: { ok: false, error: errorOfStep(error), ...(caught === undefined ? {} : { caught }) }, bytes: 0 }
}

/** What a step under `@catchError` had stored before it threw. */
async function leftBehind(
  task: Task,
  instance: FlowInstance | undefined,
): Promise<Extract<Result, { ok: false }>['caught'] | undefined> {
  const { node } = task.plan
  const taken = node.decorators.catchError === undefined ? undefined : staticTaken(node)
  if (taken === undefined) return undefined
  try {
    instance?.collect()
  } catch {
    // What cannot be stored is left out.
  }
  try {
    const { artifacts } = await task.artifacts.save('storable')
    const dropped = task.dropped(artifacts)
    return { artifacts, ...(dropped === undefined ? {} : { dropped }), taken }
  } catch {
    // Without the datastore nothing can be kept; the parent goes on with what was inherited.
    return undefined
  }
}

/** The flow itself somewhere inside an artifact shows as an instance of an unregistered class: say what it is. */
function explained(session: RunSession, task: Task, error: unknown): unknown {
  if (!isFlowctlError(error) || error.code !== 'ARTIFACT_CLASS_UNREGISTERED') return error
  const { path, className } = error.details as { readonly path: string; readonly className: string }
  if (className !== session.flowClass.name) return error
  const what = task.plan.inputs === undefined ? 'this' : 'an input'
  return flowError('ARTIFACT_IS_FLOW', { step: task.step, name: path.replace(/^this\./, ''), what })
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
