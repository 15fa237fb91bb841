import type { FlowctlError } from '../../errors/flowctl-error.ts'
import { flowError } from '../../errors/table.ts'
import type { StepDecorators } from '../../graph/model.ts'
import {
  artifactName,
  atLeastOne,
  checkOptions,
  concurrency,
  notNegative,
  poolName,
  positive,
  retries,
  variables,
  wholeNumber,
  type OptionRules,
} from './option-rules.ts'

/** How often, and after which wait, a failed task is tried again. */
export interface RetryDecoratorOptions {
  /** How many attempts may follow the first, at most 100; 0 shields the step from `--with retry`. @default 3 */
  readonly times?: number
  /** Wait before the second attempt, in minutes. @default 0 */
  readonly minutesBetweenRetries?: number
  /** The wait grows by this factor with every further attempt. @default 1 */
  readonly backoff?: number
}

/** Where a step that failed for good leaves its error, so that the run goes on. */
export interface CatchErrorDecoratorOptions {
  /** Artifact for the error; `null` in it means that the step succeeded. @default the error is not kept */
  readonly var?: string
}

/** Limit of one attempt: the sum of the three, above 0. */
export interface TimeoutDecoratorOptions {
  readonly hours?: number
  readonly minutes?: number
  readonly seconds?: number
}

/** What a step needs from the machine it runs on. */
export interface ResourcesDecoratorOptions {
  /** Cores; fractions are fine. */
  readonly cpu?: number
  /** Mebibytes. */
  readonly memory?: number
  /** Devices. */
  readonly gpu?: number
  /** The pool whose workers run the step. @default the smallest that offers the rest */
  readonly pool?: string
}

/** Environment variables for a step. */
export interface EnvironmentDecoratorOptions {
  readonly vars: Readonly<Record<string, string>>
}

/** How many tasks of a step one process may carry at once: `@concurrent(50)` is `@concurrent({ tasks: 50 })`. */
export interface ConcurrentDecoratorOptions {
  readonly tasks: number
}

export type StepDecoratorName = keyof StepDecorators

interface StepDecoratorDefinition {
  readonly rules: OptionRules
  /** Whether it says something without options. */
  readonly bare: boolean
  /** The option that a value alone stands for: `@concurrent(50)`, `--with concurrent:50`. */
  readonly sole?: string
  /** Turns checked options into what the graph holds, or into the problem that shows only when they are seen together. */
  readonly resolve: (options: Record<string, unknown>, owner: string) => StepDecorators | FlowctlError
}

export const STEP_DECORATORS: Readonly<Record<StepDecoratorName, StepDecoratorDefinition>> = {
  retry: {
    rules: { times: retries, minutesBetweenRetries: notNegative, backoff: atLeastOne },
    bare: true,
    resolve: ({ times, minutesBetweenRetries, backoff }: RetryDecoratorOptions) => ({
      retry: { times: times ?? 3, minutesBetweenRetries: minutesBetweenRetries ?? 0, backoff: backoff ?? 1 },
    }),
  },
  catchError: {
    rules: { var: artifactName },
    bare: true,
    resolve: (options) => ({ catchError: given(options) }),
  },
  timeout: {
    rules: { hours: notNegative, minutes: notNegative, seconds: notNegative },
    bare: false,
    resolve: ({ hours = 0, minutes = 0, seconds = 0 }: TimeoutDecoratorOptions, owner) => {
      const total = hours * 3600 + minutes * 60 + seconds
      return total > 0 ? { timeout: { seconds: total } } : flowError('TIMEOUT_ZERO', { owner })
    },
  },
  resources: {
    rules: { cpu: positive, memory: positive, gpu: wholeNumber, pool: poolName },
    bare: false,
    resolve: (options) => ({ resources: given(options) }),
  },
  environment: {
    rules: { vars: variables },
    bare: false,
    resolve: (options) => ({ environment: { vars: { ...(options['vars'] as Record<string, string>) } } }),
  },
  concurrent: {
    rules: { tasks: concurrency },
    bare: false,
    sole: 'tasks',
    resolve: (options) => ({ concurrent: { tasks: Number(options['tasks']) } }),
  },
}

/** The decorator's share of StepDecorators, or all that is wrong with its options. */
export function resolveStepDecorator(
  name: StepDecoratorName,
  stated: unknown,
  owner: string,
): { readonly decorators: StepDecorators } | { readonly problems: readonly FlowctlError[] } {
  const { rules, bare, sole, resolve } = STEP_DECORATORS[name]
  const alone = sole !== undefined && stated !== undefined && (typeof stated !== 'object' || stated === null)
  const options = alone ? { [sole]: stated } : stated
  const problems = checkOptions(owner, options ?? {}, rules)
  if (problems.length > 0) return { problems }
  const values = given((options ?? {}) as Record<string, unknown>)
  if (!bare && Object.keys(values).length === 0) {
    return { problems: [flowError('DECORATOR_OPTIONS_MISSING', { owner, options: Object.keys(rules) })] }
  }
  const resolved = resolve(values, owner)
  return resolved instanceof Error ? { problems: [resolved] } : { decorators: resolved }
}

function given(options: Record<string, unknown>): Record<string, never> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Record<string, never>
}
