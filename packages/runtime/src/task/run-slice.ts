import { Turns } from '@flowctl/basics'
import { taskId, tasksAtOnce } from '@flowctl/core'
import { previewOf } from '@flowctl/datastore'
import type { ForeachSource, SliceInput, SliceRequest } from '../protocol/requests.ts'
import { openInputs, type InputRecords } from '../inputs/input-records.ts'
import { runTask, type Workplace } from './run-task.ts'
import type { SharedSlice } from '../answers/running-tasks.ts'
import type { RunSession } from '../session/run-session.ts'
import { NOTHING_INHERITED, type Inherited } from '../artifacts/task-artifacts.ts'

/** Whether to stop before the end of a slice. */
export interface SliceControl {
  readonly draining: boolean
}

/** Runs the tasks of a slice and says `idle`. */
export async function runSlice(
  session: RunSession,
  request: SliceRequest,
  place: Workplace,
  control: SliceControl,
): Promise<void> {
  const slice = new SliceRun(session, request, place)
  const { range } = request
  const startedAt = performance.now()
  const until = request.targetMs === undefined ? Number.POSITIVE_INFINITY : startedAt + request.targetMs
  let next: number | undefined
  if (range === undefined) await slice.runChain(request.path)
  else next = await slice.runRange(range, () => control.draining || place.guard.doubtful || performance.now() >= until)
  const leaving = place.guard.doubtful ? ({ leaving: true } as const) : {}
  place.pipe.push({ type: 'idle', ...(next === undefined ? {} : { next }), ...leaving })
  place.pipe.flush()
}

class SliceRun {
  readonly #session: RunSession
  readonly #request: SliceRequest
  readonly #place: Workplace
  readonly #steps: readonly string[]
  readonly #inherited: Inherited
  /** Set when several bodies are carried at once; then a step that takes fewer has a gate. */
  #shared: SharedSlice | undefined
  readonly #gates = new Map<string, Turns>()
  #inputs: Promise<InputRecords | undefined> | undefined

  constructor(session: RunSession, request: SliceRequest, place: Workplace) {
    this.#session = session
    this.#request = request
    this.#place = place
    this.#inherited = inheritanceOf(request.input)
    this.#steps = request.chain.slice(Math.max(0, request.chain.indexOf(request.entry)))
  }

  /** Takes the indices of a range through the chain, in order, until `stop` says so. Gives the first that was not started. */
  async runRange(range: { from: number; to: number }, stop: () => boolean): Promise<number | undefined> {
    const { path } = this.#request
    const lanes = this.#lanes(range.to - range.from)
    let next = range.from
    const lane = async (): Promise<void> => {
      while (next < range.to && !(next > range.from && stop())) {
        const index = next
        next += 1
        await this.runChain([...path, index])
      }
    }
    if (lanes === 1) await lane()
    else {
      const shared = { over: false }
      this.#shared = shared
      await Promise.all(Array.from({ length: lanes }, lane))
      shared.over = true
    }
    return next < range.to ? next : undefined
  }

  /** How many bodies are carried at once: as many as the step that takes most. The others get a gate. */
  #lanes(count: number): number {
    const most = this.#steps.map((step) => [step, tasksAtOnce(this.#session.node(step))] as const)
    const lanes = most.reduce((all, [, tasks]) => Math.max(all, Math.min(tasks, count)), 1)
    for (const [step, tasks] of most) if (tasks < lanes) this.#gates.set(step, new Turns(tasks))
    return lanes
  }

  /** Takes one index through the chain; the first failure ends it. */
  async runChain(path: readonly number[]): Promise<void> {
    const { turn, foreaches } = this.#request
    const slice = this.#shared
    const id = taskId({ path, turn })
    const inputPreview = this.#preview(path)
    let { attempt } = this.#request
    let inherited = this.#inherited
    for (const step of this.#steps) {
      const node = this.#session.node(step)
      const inputs = node.join ? await this.#openInputs(step, path) : undefined
      const plan = { node, id, path, attempt, foreaches, inherited, inputs, inputPreview }
      const cautious = this.#request.cautious || slice !== undefined || node.decorators.timeout !== undefined
      const gate = this.#gates.get(step)
      if (gate !== undefined) await gate.take()
      const left = await runTask(this.#session, plan, this.#place, { cautious, slice })
      gate?.give()
      if (left === undefined) return
      inherited = left
      attempt = 0
    }
  }

  #openInputs(step: string, path: readonly number[]): Promise<InputRecords | undefined> {
    this.#inputs ??= openInputs(this.#session, { step, path }, this.#request.input)
    return this.#inputs
  }

  #preview(path: readonly number[]): string | undefined {
    const { foreaches } = this.#request
    const innermost = foreaches.at(-1)
    if (innermost === undefined) return undefined
    try {
      return this.#session.items.peek(innermost as ForeachSource, path[foreaches.length - 1] as number, previewOf)
    } catch {
      // An item that cannot be read is an error of the step that reads it.
      return undefined
    }
  }
}

/** What the first task of each index finds. */
function inheritanceOf(input: SliceInput): Inherited {
  return input.type === 'task' ? { artifacts: input.artifacts, dropped: input.dropped } : NOTHING_INHERITED
}
