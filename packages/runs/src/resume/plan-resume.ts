import {
  flowError,
  isAdoptable,
  stepsToRunAgain,
  structureOf,
  targets,
  type EndRecord,
  type FlowDescription,
  type FlowGraph,
  type ObjectStore,
  type RunRecord,
  type TaskRecord,
} from '@flowctl/core'
import {
  goesOn,
  latestRunId,
  readRunState,
  RunReader,
  RunStore,
  type Observer,
  type RunState,
} from '@flowctl/datastore'
import type { ResumePlan, ResumeRequest, ResumeStep } from './resume-plan.ts'

/** Finds the origin and says, step by step, what a resume of it would reuse and run. */
export async function planResume(
  objects: ObjectStore,
  graph: FlowGraph,
  description: FlowDescription,
  request: ResumeRequest,
  observer: Observer,
): Promise<ResumePlan> {
  const { flow } = graph
  const { step } = request
  if (step !== undefined && graph.steps[step] === undefined) {
    throw flowError('RESUME_UNKNOWN_STEP', { flow, step, steps: structureOf(graph).order })
  }
  const run = request.origin ?? (await latestRunId(objects, flow))
  if (run === undefined) throw flowError('RUN_NONE_TO_RESUME', { flow })
  const state = await readRunState(objects, flow, run, observer)
  if (state === undefined) throw flowError('RUN_NOT_FOUND', { flow, run })
  if (goesOn(state, observer.now())) throw flowError('RUN_STILL_GOING', { flow, run, where: whereOf(state) })
  const { record: origin, end } = state
  const store = new RunStore(objects, flow, run)
  refuseNewParameters(origin, description)
  const steps = await planSteps(store, graph, origin, end, step)
  return step === undefined ? { origin, steps } : { origin, step, steps }
}

/** The task records that a resumed run takes over. */
export async function adoptable(objects: ObjectStore, graph: FlowGraph, plan: ResumePlan): Promise<TaskRecord[]> {
  const { origin } = plan
  const reader = new RunReader(new RunStore(objects, origin.flow, origin.run), origin.graph, { settled: true })
  const again = stepsToRunAgain(graph, origin.graph, plan.step)
  const adopted: TaskRecord[] = []
  for (const { step, reused } of plan.steps) {
    if (reused === 0) continue
    for await (const record of reader.tasks(step)) if (isAdoptable(record, again, graph)) adopted.push(record)
  }
  return adopted
}

async function planSteps(
  store: RunStore,
  graph: FlowGraph,
  origin: RunRecord,
  end: EndRecord | undefined,
  from: string | undefined,
): Promise<ResumeStep[]> {
  const reader = new RunReader(store, origin.graph, { settled: true })
  const again = stepsToRunAgain(graph, origin.graph, from)
  const { order, foreaches } = structureOf(graph)
  const always = stepsOnEveryWay(graph)
  const plans: ResumeStep[] = []
  /** Steps of which not every task is taken over. */
  const open = new Set<string>()
  /** Tasks that the adopted tasks of a foreach step made. */
  const made = new Map<string, number>()
  for (const step of order) {
    const why = again.get(step)
    if (why !== undefined) {
      plans.push({ step, action: 'run', reused: 0, why })
      continue
    }
    let reused = 0
    let failed = 0
    for await (const record of reader.tasks(step)) {
      if (!isAdoptable(record, again, graph)) {
        failed += 1
        continue
      }
      reused += 1
      if (record.taken?.kind === 'foreach') made.set(step, (made.get(step) ?? 0) + record.taken.count)
    }
    const foreach = foreaches[step]?.at(-1) ?? ''
    const total = always.has(step) ? made.get(foreach) : undefined
    const facts = { reused, failed, total, more: open.has(foreach), finished: end?.status === 'succeeded' }
    const judged = judge(facts)
    if (judged.action !== 'reuse') open.add(step)
    plans.push({ step, reused, ...judged })
  }
  return plans
}

function judge(facts: {
  reused: number
  failed: number
  /** Tasks that the foreaches known so far made of the step, where every one of their tasks takes it. */
  total: number | undefined
  /** There are going to be more foreaches. */
  more: boolean
  /** The origin came to its end. */
  finished: boolean
}): Pick<ResumeStep, 'action' | 'why'> {
  const { reused, failed, total, more, finished } = facts
  if (reused === 0) {
    if (finished) return { action: 'reuse', why: 'was not taken' }
    return { action: 'run', why: failed > 0 ? failures(failed) : 'never ran' }
  }
  const missing = finished || total === undefined ? 0 : Math.max(0, total - reused - failed)
  if (failed === 0 && missing === 0 && !more)
    return { action: 'reuse', why: reused === 1 ? 'done' : `all ${reused} tasks done` }
  const left = [`${reused} done`]
  if (failed > 0) left.push(failures(failed))
  if (more) left.push('others never ran')
  else if (missing > 0) left.push(`${missing} never ran`)
  return { action: 'partly', why: left.join(', ') }
}

/** Steps that every task of their foreach, or every run, comes to: no case of a switch leads around them. */
function stepsOnEveryWay(graph: FlowGraph): ReadonlySet<string> {
  const { order, splitOf } = structureOf(graph)
  const always = new Set([graph.start])
  for (const name of order) {
    const split = splitOf[name]
    if (split !== undefined && always.has(split)) always.add(name)
    const transition = graph.steps[name]?.transition
    if (transition === undefined || transition.kind === 'switch' || !always.has(name)) continue
    for (const to of targets(transition)) if (graph.steps[to]?.join !== true) always.add(to)
  }
  return always
}

function failures(count: number): string {
  return count === 1 ? 'failed' : `${count} tasks failed`
}

function whereOf({ record: { engine, host }, process }: RunState): string {
  if (engine === 'bullmq') return 'on the queue'
  return process === 'elsewhere' ? `in process ${host.pid} on ${host.name}` : `in process ${host.pid}`
}

function refuseNewParameters(origin: RunRecord, description: FlowDescription): void {
  const fields = description.parameters
    .map((one) => one.field)
    .filter((field) => origin.parameters[field] === undefined)
  if (fields.length > 0) throw flowError('RESUME_NEW_PARAMETER', { flow: origin.flow, run: origin.run, fields })
}
