import {
  bodyTimes,
  failedIn,
  foreachAround,
  isPacked,
  SLICE_TARGET_MS,
  sliceJob,
  successors,
  type Commit,
  type JoinJob,
  type Slice,
} from '@flowctl/core'
import { type ExecutionResult, isWell } from '@flowctl/engine'
import { UNMEASURED, type Attacher, type TakeReport, type Measured } from '../runs/attach.ts'
import type { OpenRun } from '../runs/open-run.ts'

/** The next slice is taken so long before the end of the one that runs, in milliseconds, as far as that can be told. */
const LEAD_MS = 25
/** One that is taken, and cannot begin because the one before takes longer than others did, is everybody's after this long. */
const HELD_MS = 100

/** What a slice loop needs of its worker. */
export interface SliceLoopHost {
  /** Whether another slice may begin, instead of giving the slot to whoever is next. */
  readonly mayContinue: () => boolean
  /** Says to everybody that this worker runs a slice; false if somebody does already. */
  readonly announce: (slice: Slice) => boolean
  /** The slice is not run any more. */
  readonly withdraw: (slice: Slice) => void
  /** A slice is committed, and another one has begun. */
  readonly advanced: () => void
}

export interface SliceLoopOptions {
  readonly host: SliceLoopHost
  readonly attacher: Attacher
  readonly now: () => number
  /** Key of the job whose slice is the first of the row. */
  readonly taker: string
  /** Runs a slice that nobody had committed at that time. */
  readonly run: (
    slice: Slice,
    lookedAt: number,
    executed: (result: ExecutionResult) => void,
  ) => Promise<Commit | undefined>
  /** Told that no other slice follows, while the last one is being committed. */
  readonly isLast: () => void
}

/** The last slice of a slice loop, whose commit is not followed yet. */
export interface SliceLoopEnd {
  readonly slice: Slice
  readonly commit: Commit | undefined
  /** What to say when the foreach is asked for more. */
  readonly given: TakeReport
}

interface RunningSlice {
  readonly slice: Slice
  /** Of its range, as the foreach names it; not of the job's own slice. */
  readonly range: string | undefined
  readonly executed: Promise<ExecutionResult | undefined>
  readonly commit: Promise<Commit | undefined>
}

interface NextSlice {
  readonly slice: Slice
  readonly range: string
  readonly lookedAt: number
}

/**
 * The slices that one job runs, one after the other: its own and then, as long as nobody waits for a slot, further ones of its
 * foreach. Each is taken shortly before the one before ends, and starts while that is being committed. Redis knows what the job
 * has taken until it is committed, so if the worker dies, whoever gets the job attaches that.
 */
export class SliceLoop {
  readonly #work: OpenRun
  readonly #foreach: JoinJob | undefined
  readonly #options: SliceLoopOptions
  readonly #host: SliceLoopHost
  #facts: Measured = UNMEASURED
  /** Ranges that are attached or committed, which Redis has not been told. */
  #settled: string[] = []
  #runs: string[] = []
  #taking: Promise<void> | undefined
  #next: NextSlice | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(work: OpenRun, slice: Slice, options: SliceLoopOptions) {
    this.#work = work
    this.#options = options
    this.#host = options.host
    const isRange = slice.range !== undefined && isPacked(work.graph, slice.entry)
    this.#foreach = isRange ? foreachAround(work.graph, slice) : undefined
  }

  async run(first: Slice, lookedAt: number): Promise<SliceLoopEnd> {
    let turn = this.#begin({ slice: first, lookedAt })
    try {
      for (;;) {
        const following = await this.#follower(turn)
        if (following === undefined) this.#options.isLast()
        const commit = await this.#committed(turn, following)
        if (following === undefined || commit === undefined || failedIn(commit) !== undefined) {
          await following?.commit.catch(() => {})
          return { slice: turn.slice, commit, given: await this.#leave() }
        }
        this.#host.advanced()
        turn = following
      }
    } finally {
      clearTimeout(this.#timer)
      this.#letGo()
    }
  }

  #begin({ slice, lookedAt, range }: { slice: Slice; lookedAt: number; range?: string }): RunningSlice {
    let tell: (result?: ExecutionResult) => void = () => {}
    const executed = new Promise<ExecutionResult | undefined>((resolve) => (tell = resolve))
    const commit = this.#options.run(slice, lookedAt, tell)
    const end = (): void => {
      tell()
      this.#host.withdraw(slice)
    }
    commit.then(end, end)
    this.#awaitEnd(slice)
    return { slice, range, executed, commit }
  }

  /** Begins what follows, once the process is free. */
  async #follower({ slice, executed }: RunningSlice): Promise<RunningSlice | undefined> {
    const result = await executed
    clearTimeout(this.#timer)
    if (result === undefined || this.#foreach === undefined) return undefined
    const { busyMs, bodies } = bodyTimes(this.#work.graph, slice, { tasks: result.answers })
    this.#work.clock.note(this.#foreach.closes.step, { busyMs, bodies })
    this.#facts = { busyMs: this.#facts.busyMs + busyMs, bodies: this.#facts.bodies + bodies }
    if (!isWell(result) || result.next !== undefined || !this.#host.mayContinue()) return undefined
    this.#take()
    await this.#taken()
    const next = this.#next
    if (next === undefined || !this.#host.mayContinue()) return undefined
    clearTimeout(this.#timer)
    this.#next = undefined
    return this.#begin(next)
  }

  async #committed(
    { slice, range, commit: committing }: RunningSlice,
    following: RunningSlice | undefined,
  ): Promise<Commit | undefined> {
    try {
      const commit = await committing
      if (commit === undefined) return undefined
      if (range !== undefined) this.#settle(range)
      // What another execution of the slice left, whose commit was first.
      if (following !== undefined && commit.continuations.length > 0)
        await this.#options.attacher.attach(
          this.#work,
          successors(this.#work.graph, slice, commit),
          this.#options.taker,
        )
      return commit
    } catch (error) {
      await following?.commit.catch(() => {})
      throw error
    }
  }

  /** Asks for the next slice when the one that begins now is nearly done, if it can be told when that is. */
  #awaitEnd({ range }: Slice): void {
    if (this.#foreach === undefined || range === undefined) return
    const bodyMs = this.#work.clock.of(this.#foreach.closes.step)
    if (bodyMs === undefined) return
    const lasts = Math.max(bodyMs, Math.min(SLICE_TARGET_MS, bodyMs * (range.to - range.from)))
    this.#timer = setTimeout(() => this.#take(), Math.max(0, lasts - LEAD_MS))
  }

  /** Trouble with Redis or the datastore is met again, and reported, when the job asks for what it may have taken. */
  #take(): void {
    this.#taking ??= this.#takeNext().catch(() => {})
  }

  async #taken(): Promise<void> {
    for (let taking = this.#taking; taking !== undefined; taking = this.#taking) {
      await taking
      if (this.#taking === taking) this.#taking = undefined
    }
  }

  async #takeNext(): Promise<void> {
    const { attacher, taker, now } = this.#options
    const foreach = this.#foreach as JoinJob
    while (this.#host.mayContinue()) {
      const attached = [...this.#settled]
      const given = { facts: this.#facts, attached: attached.join(), runs: this.#runs.join() }
      this.#facts = UNMEASURED
      const lookedAt = now()
      const taken = await attacher.takeAhead(this.#work, foreach, taker, given)
      if (taken === undefined) return
      this.#settled = this.#settled.filter((range) => !attached.includes(range))
      const { plan, ranges, hasRoom } = taken
      const [job, ...others] = plan.jobs
      const isAlone = others.length + plan.foreaches.length === 0 && !ranges.includes(',')
      const slice = isAlone && job?.kind === 'slice' ? job.slice : undefined
      if (slice?.range === undefined || (await this.#work.isSettled(slice)) || !this.#host.announce(slice)) {
        await attacher.attach(this.#work, plan, taker)
        this.#settled.push(...ranges.split(','))
        if (job !== undefined || plan.foreaches.length > 0) return
        continue
      }
      this.#runs.push(ranges)
      this.#next = { slice, range: ranges, lookedAt }
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => void this.#leave().catch(() => {}), HELD_MS)
      if (hasRoom) await attacher.handOutBeside(this.#work, foreach, taker, this.#runs.join())
      return
    }
  }

  /** What was taken and is not begun is attached. */
  async #leave(): Promise<TakeReport> {
    clearTimeout(this.#timer)
    await this.#taken()
    const next = this.#letGo()
    if (next !== undefined) {
      this.#taking = this.#giveAway(next)
      await this.#taken()
    }
    return { facts: this.#facts, attached: this.#settled.join() }
  }

  #letGo(): NextSlice | undefined {
    const next = this.#next
    this.#next = undefined
    if (next !== undefined) this.#host.withdraw(next.slice)
    return next
  }

  async #giveAway({ slice, range }: NextSlice): Promise<void> {
    const { attacher, taker } = this.#options
    const jobs = [sliceJob(this.#work.graph, slice)]
    await attacher.attach(this.#work, { jobs, foreaches: [] }, taker)
    this.#settle(range)
  }

  #settle(range: string): void {
    this.#runs = this.#runs.filter((one) => one !== range)
    this.#settled.push(range)
  }
}
