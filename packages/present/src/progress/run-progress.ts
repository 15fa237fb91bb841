import { structureOf, type FlowGraph, type GraphStructure, type RunRecord } from '@flowctl/core'
import type { RunEvent } from '@flowctl/engine'

/** A foreach of more tasks than this is shown by its progress, not task by task. */
const WIDE = 50
/** Failed tasks of a step that are remembered by name. */
const NAMED_FAILURES = 5

/** What is known of a step while the run goes on. */
export interface StepProgress {
  readonly step: string
  /** Ended for good, whatever the outcome. */
  done: number
  running: number
  caught: number
  failed: number
  /** Between two attempts. */
  waiting: number
  /** Taken over from the origin run; counted in `done`. */
  reused: number
  /** When its first task started. */
  startedAt: number | undefined
  /** When a task of it was last heard of. */
  lastAt: number
  /** Ids of the first tasks that failed. */
  readonly failures: string[]
}

/** Counts what the events of a run tell. Costs a few additions an event, whatever the number of tasks. */
export class RunProgress {
  record: RunRecord | undefined
  readonly steps = new Map<string, StepProgress>()
  /** Steps of foreaches so wide that tasks are not shown one by one. */
  readonly wide = new Set<string>()
  #structure: GraphStructure | undefined
  /** Tasks that each foreach step made so far. */
  readonly #opened = new Map<string, number>()
  #conditional: ReadonlySet<string> = new Set()

  apply(event: RunEvent): void {
    switch (event.type) {
      case 'run-started':
        this.record = event.record
        this.#structure = structureOf(event.record.graph)
        this.#conditional = conditionalSteps(event.record.graph, this.#structure)
        break
      case 'adopted': {
        const step = this.step(event.step)
        step.done += event.tasks
        step.reused += event.tasks
        break
      }
      case 'foreach-opened':
        this.#open(event.step, event.count)
        break
      case 'task-started': {
        const step = this.step(event.step)
        step.startedAt ??= event.at
        step.lastAt = event.at
        step.running += 1
        if (event.attempt > 0 && step.waiting > 0) step.waiting -= 1
        break
      }
      case 'task-ended': {
        const step = this.step(event.step)
        step.lastAt = event.at
        step.startedAt ??= event.startedAt
        if (step.running > 0) step.running -= 1
        if (event.outcome === 'retrying') {
          step.waiting += 1
          break
        }
        step.done += 1
        if (event.outcome === 'caught') step.caught += 1
        if (event.outcome === 'failed') {
          step.failed += 1
          if (step.failures.length < NAMED_FAILURES) step.failures.push(event.task)
        }
        break
      }
    }
  }

  step(name: string): StepProgress {
    let step = this.steps.get(name)
    if (step === undefined) {
      const none = { done: 0, running: 0, caught: 0, failed: 0, waiting: 0, reused: 0 }
      step = { step: name, ...none, startedAt: undefined, lastAt: 0, failures: [] }
      this.steps.set(name, step)
    }
    return step
  }

  /** How many tasks the step will have in all, where the foreaches that are open tell it. */
  total(step: string): number | undefined {
    const foreach = this.#structure?.foreaches[step]?.at(-1)
    if (foreach === undefined || this.#conditional.has(step)) return undefined
    return this.#opened.get(foreach)
  }

  #open(foreach: string, count: number): void {
    const opened = (this.#opened.get(foreach) ?? 0) + count
    this.#opened.set(foreach, opened)
    if (opened <= WIDE || this.#structure === undefined) return
    for (const [step, foreaches] of Object.entries(this.#structure.foreaches)) {
      if (foreaches.includes(foreach)) this.wide.add(step)
    }
  }
}

/** Steps that a switch may pass by or repeat: how many tasks they will have cannot be known. */
function conditionalSteps(graph: FlowGraph, structure: GraphStructure): ReadonlySet<string> {
  const found = new Set<string>()
  const visit = (name: string, depth: number): void => {
    const step = graph.steps[name]
    if (step === undefined || found.has(name) || (structure.enclosing[name]?.length ?? 0) < depth) return
    found.add(name)
    const { transition } = step
    if (transition.kind === 'switch') for (const one of transition.cases) visit(one.to, depth)
    else if (transition.kind === 'split') for (const to of transition.to) visit(to, depth)
    else if (transition.kind !== 'end') visit(transition.to, depth)
  }
  for (const step of Object.values(graph.steps)) {
    if (step.transition.kind !== 'switch') continue
    for (const one of step.transition.cases) visit(one.to, structure.enclosing[step.name]?.length ?? 0)
  }
  return found
}
