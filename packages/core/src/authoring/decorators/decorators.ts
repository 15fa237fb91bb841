import { makeDecorator, type StepDecorator } from './decorate.ts'
import { checkOptions, flag } from './option-rules.ts'
import {
  resolveStepDecorator,
  type CatchErrorDecoratorOptions,
  type ConcurrentDecoratorOptions,
  type EnvironmentDecoratorOptions,
  type ResourcesDecoratorOptions,
  type RetryDecoratorOptions,
  type StepDecoratorName,
  type TimeoutDecoratorOptions,
} from './step-decorators.ts'

/** For flows whose first or last step has a name of its own. */
export interface StepOptions {
  /** The run begins here. @default true for the step named `start` */
  readonly start?: boolean
  /** The run ends here. @default true for the step named `end` */
  readonly end?: boolean
}

/** Usable as `@decorator`, `@decorator()` and `@decorator({ ... })`. */
export interface BareOrConfigured<Options> extends StepDecorator {
  (options?: Options): StepDecorator
}

/** Usable as `@decorator({ ... })` only. */
export type Configured<Options> = (options: Options) => StepDecorator

/** Makes a method a step of the flow. */
export const step = makeDecorator('step', (decoration, options, owner) => {
  const problems = checkOptions(owner, options ?? {}, { start: flag, end: flag })
  decoration.problems.push(...problems)
  const { start = false, end = false } = problems.length > 0 ? {} : ((options ?? {}) as StepOptions)
  decoration.step = { start, end }
}) as BareOrConfigured<StepOptions>

/** Tries a task again when it fails, crashes or runs into its timeout: `@retry`, `@retry({ times: 2 })`. */
export const retry = stepDecorator('retry') as BareOrConfigured<RetryDecoratorOptions>

/** Lets the run go on when a step has failed for good: `@catchError({ var: 'failure' })`. */
export const catchError = stepDecorator('catchError') as BareOrConfigured<CatchErrorDecoratorOptions>

/** Ends an attempt that takes too long, by killing its process: `@timeout({ minutes: 5 })`. */
export const timeout = stepDecorator('timeout') as Configured<TimeoutDecoratorOptions>

/** Says what a step needs, so that it goes to a pool that offers it: `@resources({ cpu: 4, memory: 16_000 })`. */
export const resources = stepDecorator('resources') as Configured<ResourcesDecoratorOptions>

/** Sets environment variables for a step: `@environment({ vars: { LANG: 'C' } })`. */
export const environment = stepDecorator('environment') as Configured<EnvironmentDecoratorOptions>

/**
 * Lets one process carry up to so many tasks of the step at once, from 1 to 1000, for steps of a foreach that wait for the network:
 * `@concurrent(50)`. They share one thread: what computes gains nothing.
 */
export const concurrent = stepDecorator('concurrent') as Configured<number | ConcurrentDecoratorOptions>

function stepDecorator(name: StepDecoratorName): unknown {
  return makeDecorator(name, (decoration, options, owner) => {
    const resolved = resolveStepDecorator(name, options, owner)
    if ('problems' in resolved) decoration.problems.push(...resolved.problems)
    else decoration.decorators = { ...decoration.decorators, ...resolved.decorators }
  })
}
