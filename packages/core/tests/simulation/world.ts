import type { FlowGraph } from '@flowctl/core'
import type { Chances } from '../plan/model-run.ts'
import type { Claims } from './claims.ts'
import type { Datastore } from './datastore.ts'
import type { ModelQueue } from './queue.ts'
import type { Rules } from './rules.ts'
import type { Watch } from './watch.ts'

/** What coordinators and workers share. */
export interface World {
  readonly graph: FlowGraph
  readonly rules: Rules
  readonly chances: Chances
  readonly datastore: Datastore
  readonly watch: Watch
  readonly claims: Claims
  /** Outstanding slices of a foreach. */
  readonly slots: number
  /** See `WorkOptions`. */
  readonly failing: number
  /** Another one after the old one was lost. */
  queue: ModelQueue
  /** How often somebody had reason to ask for recovery, and how many of these reasons a recovery has come after. */
  reasonsToRecover: number
  recovered: number
}

/** An actor stops at every `yield`: between any two of its actions anything can happen, its death included. */
export type Acting<T = void> = Generator<undefined, T, undefined>
