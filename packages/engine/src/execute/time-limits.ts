import type { FlowGraph } from '@flowctl/core'
import type { StartedAnswer } from '@flowctl/runtime'

/** While other attempts are under way, one that is over its limit goes on for its limit once more, but for no longer than this. */
const LONGEST_GRACE_MS = 5000
/** An answer that took longer says that something held the event loop: the others get a turn, then it is asked again. */
const PROMPT_MS = 250

/** What the limits do to the process. */
export interface LimitedProcess {
  kill(): void
  /** No further body starts. */
  drain(): void
  /** Whether its event loop turns; answered by `alive`. */
  ask(): void
}

/**
 * The time limits of the attempts under way in one process. One that runs alone is over when its time is. Of several, each is to be
 * blamed for itself only: nothing new starts, the others may end, and if the event loop turns although the time is up, it is not
 * another that holds it. If it does not, nobody is blamed.
 */
export class TimeLimits {
  readonly #graph: FlowGraph
  readonly #process: LimitedProcess
  /** Under way, by whatever names them. */
  readonly #running: ReadonlyMap<string, StartedAnswer>
  readonly #timers = new Map<string, NodeJS.Timeout>()
  /** Over their limit, whether or not they have ended since. */
  readonly #over = new Set<string>()
  readonly #now: () => number
  /** When it was asked what it has not answered yet. */
  readonly #asked: number[] = []
  readonly #blamed = new Set<string>()
  #grace: NodeJS.Timeout | undefined
  #killed = false

  constructor(
    graph: FlowGraph,
    process: LimitedProcess,
    running: ReadonlyMap<string, StartedAnswer>,
    now: () => number,
  ) {
    this.#graph = graph
    this.#process = process
    this.#running = running
    this.#now = now
  }

  /** Whether the process was killed because of a limit. */
  get killed(): boolean {
    return this.#killed
  }

  /** The attempts under way that it was killed for, if that is certain. */
  get guilty(): readonly StartedAnswer[] {
    return [...this.#running].flatMap(([key, attempt]) => (this.#blamed.has(key) ? [attempt] : []))
  }

  started(key: string, { step }: StartedAnswer): void {
    const seconds = this.#graph.steps[step]?.decorators.timeout?.seconds
    if (seconds === undefined) return
    this.#timers.set(
      key,
      setTimeout(() => this.#timeIsUp(key, seconds), seconds * 1000),
    )
  }

  ended(key: string): void {
    clearTimeout(this.#timers.get(key))
    this.#timers.delete(key)
    if (this.#over.size > 0) this.#look()
  }

  alive(): void {
    const askedAt = this.#asked.shift() ?? 0
    if (this.#now() - askedAt > PROMPT_MS) {
      if (this.#asked.length === 0) this.#ask()
      return
    }
    for (const key of this.#over) this.#blamed.add(key)
    this.#look()
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer)
    clearTimeout(this.#grace)
  }

  #timeIsUp(key: string, seconds: number): void {
    this.#over.add(key)
    if (this.#running.size === 1) return this.#kill()
    this.#process.drain()
    this.#ask()
    this.#grace ??= setTimeout(() => this.#kill(), Math.min(seconds * 1000, LONGEST_GRACE_MS))
  }

  #ask(): void {
    this.#asked.push(this.#now())
    this.#process.ask()
  }

  /** Nobody else is left to wait for. */
  #look(): void {
    const left = [...this.#running.keys()]
    if (!left.some((key) => this.#over.has(key))) {
      // Whoever was over the limit has ended after all.
      clearTimeout(this.#grace)
      this.#grace = undefined
      return
    }
    if (left.every((key) => this.#blamed.has(key))) this.#kill()
  }

  #kill(): void {
    if (this.#killed) return
    this.#killed = true
    // Nothing else can hold up one that is alone.
    const [only, ...others] = this.#running.keys()
    if (only !== undefined && others.length === 0 && this.#over.has(only)) this.#blamed.add(only)
    this.#process.kill()
  }
}
