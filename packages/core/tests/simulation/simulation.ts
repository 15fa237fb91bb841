import { FINISH, type FlowGraph, type TaskRecord } from '@flowctl/core'
import { Chances } from '../plan/model-run.ts'
import { perform, recover } from './acting.ts'
import { Claims } from './claims.ts'
import { Datastore } from './datastore.ts'
import { ModelQueue } from './queue.ts'
import { Broken, type Rules } from './rules.ts'
import { Watch } from './watch.ts'
import type { Acting, World } from './world.ts'

/** Something that goes wrong. `at`: before which step; `pick`: with whom, of those it can happen to; `span`: for how many steps. */
export interface Fault {
  readonly kind:
    /** Whoever is acting is gone. */
    | 'crash'
    /** Whoever is acting stops for a while, others take over, and it goes on with what it knew. */
    | 'zombie'
    /** A job is delivered a second time while the first goes on. */
    | 'duplicate'
    /** The queue forgets its last `span` steps. */
    | 'lost-tail'
    | 'wipe'
    /** Everybody is gone, and the queue has forgotten its last `span` steps. */
    | 'power-cut'
    | 'cancel'
    /** A coordinator recovers without need, and acts late on what it has read. */
    | 'stale-recovery'
  readonly at: number
  readonly pick: number
  readonly span: number
}

export interface Setting {
  readonly graph: FlowGraph
  readonly seed: number
  readonly slots: number
  readonly failing: number
  readonly faults: readonly Fault[]
  /** What a resumed run takes over. */
  readonly origin: readonly TaskRecord[]
}

interface Actor {
  readonly acting: Acting
  readonly job?: string
  readonly token?: number
  frozenUntil: number
}

/** More steps than any run needs: one that takes more goes on for ever. */
const MOST_STEPS = 30_000
/** When the rule is broken, what is taken over is written about now. */
const ADOPTED_LATE = 12
/** Steps between two times that everybody says what they run. */
const BEAT = 8

/** A run of a graph by simulated coordinators and workers, with faults; throws `Broken` at the first thing that must not be. */
export class Simulation {
  readonly datastore: Datastore
  readonly #world: World
  readonly #setting: Setting
  #actors: Actor[] = []
  #step = 0
  #token = 0
  /** Everybody has said what they run since the queue lost something. */
  #haveSpoken = true
  readonly #snapshots = new Map<Fault, ModelQueue>()

  constructor(setting: Setting, rules: Rules) {
    const { graph, seed, slots, failing, origin } = setting
    this.#setting = setting
    this.datastore = new Datastore(graph, rules)
    const watch = new Watch(graph, this.datastore, origin)
    const chances = new Chances(seed)
    const base = { graph, rules, chances, slots, failing, watch, claims: new Claims(), datastore: this.datastore }
    this.#world = { ...base, queue: new ModelQueue(), reasonsToRecover: 1, recovered: 0 }
    if (rules.adoptedBeforeRun) this.datastore.putAdopted(origin)
  }

  get steps(): number {
    return this.#step
  }

  /** To the end, or as far as `most` steps lead. */
  run(most = MOST_STEPS): this {
    while (this.#step < most && this.step());
    if (this.#step >= MOST_STEPS) throw new Broken('the run does not end')
    if (this.#step >= most) return this
    if (this.datastore.end === undefined) throw new Broken('the run is stuck')
    if (this.#world.queue.size > 0) throw new Broken('the run has ended, but jobs of it are left')
    return this
  }

  /** One action of somebody, chosen by chance. False when nobody has anything to do. */
  step(): boolean {
    this.#step += 1
    if (this.#step === ADOPTED_LATE && !this.#world.rules.adoptedBeforeRun)
      this.datastore.putAdopted(this.#setting.origin)
    for (const fault of this.#setting.faults) {
      if (forgets(fault) && fault.at - fault.span <= this.#step && !this.#snapshots.has(fault)) {
        this.#snapshots.set(fault, this.#world.queue.copy())
      }
      if (fault.at === this.#step) this.#suffer(fault)
    }
    if (this.#step % BEAT === 0) this.#beat()
    const moves = this.#moves()
    if (moves.length === 0) return this.#thaw()
    moves[this.#world.chances.next(moves.length)]?.()
    return true
  }

  #moves(): (() => void)[] {
    const { queue, rules } = this.#world
    const awake = this.#actors.filter((actor) => actor.frozenUntil <= this.#step)
    const moves = awake.map((actor) => () => this.#advance(actor))
    const ready = queue.ready()
    if (awake.length <= this.#setting.slots) moves.push(...ready.map((id) => () => this.#deliver(id)))
    for (const [id, token] of queue.active()) {
      if (!this.#actors.some((actor) => actor.token === token)) moves.push(() => queue.stall(id))
    }
    const { reasonsToRecover, recovered } = this.#world
    const isNeeded = reasonsToRecover > recovered && (rules.recovery || recovered === 0)
    const mayPlant = this.#haveSpoken || !rules.hearBeforePlanting
    if (isNeeded && !mayPlant) moves.push(() => this.#beat())
    else if (isNeeded && !awake.some((actor) => actor.token === undefined)) moves.push(() => this.#recover())
    return moves
  }

  #beat(): void {
    const awake = new Set(this.#actors.filter((one) => one.frozenUntil <= this.#step).map(({ token }) => token))
    this.#world.claims.beat((token) => awake.has(token))
    this.#haveSpoken = true
  }

  #end(actor: Actor): void {
    this.#actors = this.#actors.filter((one) => one !== actor)
    if (actor.token !== undefined) this.#world.claims.ends(actor.token)
  }

  #thaw(): boolean {
    if (this.#actors.length === 0) return false
    for (const actor of this.#actors) actor.frozenUntil = 0
    return true
  }

  #advance(actor: Actor): void {
    if (actor.acting.next().done === true) this.#end(actor)
  }

  #deliver(id: string): void {
    this.#token += 1
    const token = this.#token
    const job = this.#world.queue.deliver(id, token)
    if (job === undefined) return
    const acting = perform(this.#world, job, token)
    const actor = { acting, job: id, token, frozenUntil: 0 }
    this.#actors.push(actor)
    // Whoever gets a job says at once that it is at it.
    if (job.kind !== 'finish') this.#advance(actor)
  }

  #recover(): Actor {
    const actor = { acting: recover(this.#world), frozenUntil: 0 }
    this.#actors.push(actor)
    return actor
  }

  #suffer(fault: Fault): void {
    const { kind, pick, span } = fault
    const world = this.#world
    const actor = this.#actors[pick % Math.max(1, this.#actors.length)]
    switch (kind) {
      case 'crash':
        if (actor !== undefined) this.#end(actor)
        return
      case 'zombie':
        if (actor === undefined) return
        actor.frozenUntil = this.#step + span
        if (actor.token !== undefined) {
          world.watch.wereSilent.add(actor.token)
          world.claims.isSilent(actor.token)
        }
        if (actor.job !== undefined) world.queue.stall(actor.job)
        return
      case 'duplicate':
        if (actor?.job === undefined) return
        // A lock holds longer than it takes to be heard.
        this.#beat()
        world.queue.stall(actor.job)
        this.#deliver(actor.job)
        return
      case 'power-cut':
      case 'lost-tail':
      case 'wipe':
        if (kind === 'power-cut') for (const one of this.#actors) this.#end(one)
        // Who is planting goes on with that.
        if (kind !== 'wipe' || this.#actors.some(isPlanting)) world.watch.mayRunTwice = true
        this.#haveSpoken = false
        world.queue = (kind === 'wipe' ? undefined : this.#snapshots.get(fault)) ?? new ModelQueue()
        world.watch.hasLost = true
        world.reasonsToRecover += 1
        return
      case 'cancel':
        if (this.datastore.end === undefined) this.datastore.putStop('cancelled')
        return
      case 'stale-recovery': {
        const recovery = this.#recover()
        recovery.acting.next()
        recovery.frozenUntil = this.#step + span
        world.watch.hasLost = true
      }
    }
  }
}

function isPlanting({ token, job }: Actor): boolean {
  return token === undefined || job === FINISH.id
}

function forgets({ kind }: Fault): boolean {
  return kind === 'lost-tail' || kind === 'power-cut'
}
