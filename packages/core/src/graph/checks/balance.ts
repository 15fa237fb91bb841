import type { FlowctlError, SourceLocation } from '../../errors/flowctl-error.ts'
import { flowError } from '../../errors/table.ts'
import { isJoin, type Check, type CheckModel } from './check-model.ts'
import { walkNesting, type Arrival, type Frame, type Visit } from './nesting.ts'

/** Every split and foreach is closed by one join that all its branches lead to, and every join closes one. */
export const checkBalance: Check = (model) => new Balance(model).check()

interface Closing {
  readonly join: string
  readonly at: SourceLocation
  readonly branches: Set<string>
}

class Balance {
  readonly #model: CheckModel
  readonly #found: FlowctlError[] = []
  /** By splitting step: the joins its branches come to. */
  readonly #closings = new Map<string, Closing[]>()

  constructor(model: CheckModel) {
    this.#model = model
  }

  check(): readonly FlowctlError[] {
    walkNesting(this.#model, (visit) => this.#settle(visit))
    for (const [split, closings] of this.#closings) this.#checkClosings(split, closings)
    return this.#found
  }

  #settle(visit: Visit): readonly Frame[] | undefined {
    const { step } = visit
    this.#shortcuts(visit)
    if (step.name === this.#model.end) return this.#atEnd(visit)
    return isJoin(step) ? this.#atJoin(visit) : this.#atStep(visit)
  }

  /** Ways straight from a split or a switch into a join; they count as ordinary ways otherwise. */
  #shortcuts({ step, arrivals }: Visit): void {
    if (!isJoin(step) || step.name === this.#model.end) return
    for (const { from, at } of arrivals) {
      const kind = this.#model.steps.get(from)?.next?.shape
      const details = { step: from, join: step.name }
      if (kind === 'split') this.#found.push(flowError('BRANCH_WITHOUT_STEP', details, { at }))
      if (kind === 'foreach') this.#found.push(flowError('FOREACH_WITHOUT_BODY', details, { at }))
      if (kind === 'switch') this.#found.push(flowError('SWITCH_CASE_TO_JOIN', details, { at }))
    }
  }

  #atEnd({ step, arrivals }: Visit): undefined {
    const open = new Map<string, Arrival[]>()
    for (const arrival of arrivals) {
      if (arrival.open.length === 0) continue
      const splits = splitsOf(arrival.open).join('\0')
      open.set(splits, [...(open.get(splits) ?? []), arrival])
    }
    // An end with a parameter was meant to join the split, and that is reported.
    if (isJoin(step) && [...open.values()].every(([first]) => first?.open.length === 1)) return
    for (const [splits, ways] of open) {
      const from = ways.map((way) => way.from)
      const details = { end: step.name, splits: splits.split('\0'), from: [...new Set(from)] }
      this.#found.push(flowError('SPLIT_NOT_JOINED', details, { at: ways[0]?.at }))
    }
  }

  #atStep({ step, arrivals }: Visit): readonly Frame[] | undefined {
    const [first, ...rest] = arrivals
    if (first === undefined) return undefined
    if (rest.every((one) => sameFrames(one.open, first.open))) return first.open
    const depth = commonDepth(arrivals)
    const around = first.open.slice(0, depth)
    const splits = new Set(arrivals.map((one) => one.open[depth]?.split))
    const split = [...splits].find((one) => one !== undefined) as string
    if (splits.size === 1) {
      const from = [...new Set(arrivals.map((one) => one.from))]
      this.#found.push(flowError('JOIN_PARAMETER_MISSING', { step: step.name, split, from }, { at: step.at }))
      // What comes after is judged as if the parameter were there.
      return arrivals.every((one) => one.open.length === depth + 1) ? around : undefined
    }
    const inside = arrivals.filter((one) => one.open[depth]?.split === split).map((one) => one.from)
    const outside = arrivals.filter((one) => one.open[depth]?.split !== split).map((one) => one.from)
    this.#found.push(flowError('STEP_IN_AND_OUT', { step: step.name, split, inside, outside }, { at: step.at }))
    return undefined
  }

  #atJoin({ step, arrivals }: Visit): readonly Frame[] | undefined {
    const at = step.parametersAt ?? step.at
    if (arrivals.length === 0) return undefined
    if (arrivals.every((one) => one.open.length === 0)) {
      this.#found.push(flowError('JOIN_WITHOUT_SPLIT', { join: step.name }, { at }))
      return []
    }
    const around = (one: Arrival): readonly Frame[] => one.open.slice(0, -1)
    const [first, ...rest] = arrivals as [Arrival, ...Arrival[]]
    const split = first.open.at(-1)?.split
    const alike = rest.every((one) => one.open.at(-1)?.split === split && sameFrames(around(one), around(first)))
    if (split !== undefined && alike) {
      this.#close(split, step.name, at, arrivals)
      return around(first)
    }
    // Branches of a split that another join has closed without them: the problem is that other join's.
    const late = arrivals.filter((one) => this.#closings.has(one.open.at(-1)?.split ?? ''))
    if (late.length > 0) {
      for (const one of late) this.#close(one.open.at(-1)?.split as string, step.name, at, [one])
      return undefined
    }
    const ways = arrivals.map(({ from, open }) => {
      const inner = open.at(-1)
      return inner === undefined ? `"${from}" of none` : `"${from}" of "${inner.split}"`
    })
    this.#found.push(flowError('JOIN_UNRELATED_SPLITS', { join: step.name, ways }, { at }))
    return undefined
  }

  #close(split: string, join: string, at: SourceLocation, arrivals: readonly Arrival[]): void {
    const closings = this.#closings.get(split) ?? []
    this.#closings.set(split, closings)
    const branches = arrivals.flatMap((one) => one.open.at(-1)?.branch ?? [])
    const known = closings.find((one) => one.join === join)
    if (known === undefined) closings.push({ join, at, branches: new Set(branches) })
    else for (const branch of branches) known.branches.add(branch)
  }

  #checkClosings(split: string, closings: readonly Closing[]): void {
    // The one that most branches come to is most likely the one that is meant.
    const [first, ...rest] = closings.toSorted((a, b) => b.branches.size - a.branches.size)
    // A branch that comes to no join at all ends in a problem of its own.
    if (first === undefined || rest.length === 0) return
    const elsewhere = rest.map((one) => one.join)
    const missing = rest.flatMap((one) => [...one.branches].filter((branch) => !first.branches.has(branch)))
    const details = { join: first.join, split, present: [...first.branches], missing: [...new Set(missing)], elsewhere }
    this.#found.push(flowError('JOIN_INCOMPLETE', details, { at: first.at }))
  }
}

function splitsOf(frames: readonly Frame[]): readonly string[] {
  return frames.map((frame) => frame.split)
}

function sameFrames(a: readonly Frame[], b: readonly Frame[]): boolean {
  return a.length === b.length && a.every((frame, i) => frame.split === b[i]?.split && frame.branch === b[i].branch)
}

/** How many of the outermost frames all arrivals share. */
function commonDepth(arrivals: readonly Arrival[]): number {
  const first = arrivals[0]?.open ?? []
  const differs = first.findIndex(
    (_, depth) => !arrivals.every((one) => sameFrames(one.open.slice(0, depth + 1), first.slice(0, depth + 1))),
  )
  return differs < 0 ? first.length : differs
}
