import type { StepDecorators } from './model.ts'

/**
 * What only running the flow file can tell: the decorators' options and the parameters. A task process loads the code package
 * and answers with this; the compiler's reading of the source gives the rest.
 */
export interface FlowDescription {
  /** The class name. */
  readonly flow: string
  readonly steps: readonly DescribedStep[]
  /** In the order of their fields, base classes first. */
  readonly parameters: readonly ParameterDescription[]
}

export interface DescribedStep {
  readonly name: string
  /** `@step({ start: true })`, `@step({ end: true })`. */
  readonly start: boolean
  readonly end: boolean
  readonly decorators: StepDecorators
}

export interface ParameterDescription {
  /** The field, e.g. `maxDepth`. */
  readonly field: string
  /** On the command line, without the dashes: `max-depth` unless the declaration names another. */
  readonly option: string
  /** The environment variable: `FLOWCTL_RUN_MAX_DEPTH`. */
  readonly variable: string
  readonly kind: 'string' | 'integer' | 'number' | 'boolean' | 'json' | 'schema' | 'file-text' | 'file-bytes'
  readonly help: string
  readonly required: boolean
  /** For people, absent when there is no default or it is not to be shown; `(computed)` for a deploy-time default. */
  readonly defaultText?: string
  /** Set when one string is split into a list. */
  readonly separator?: string
}

/** A value for a parameter as the user gave it, before it is parsed and validated. */
export interface GivenParameter {
  readonly text: string
  /** Where it came from, for messages: `--max-depth`, `FLOWCTL_RUN_MAX_DEPTH`. */
  readonly source: string
}
