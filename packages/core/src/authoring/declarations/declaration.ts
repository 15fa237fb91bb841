import type { ParameterDescription } from '../../graph/description.ts'
import type { StandardSchema } from './standard-schema.ts'

/** What a deploy-time default is computed from. */
export interface DefaultContext {
  /** The flow's name. */
  readonly flow: string
  /** Who starts the run. */
  readonly user: string
  /** The parameter's field. */
  readonly parameter: string
}

/** A value, or a function that computes it whenever a run starts. */
export type DefaultValue<Value> = Value | ((context: DefaultContext) => Value | Promise<Value>)

/** The options that parameters of every kind take. */
export interface SharedOptions {
  /** One line for `run --help`. */
  readonly help?: string
  /** The option's name on the command line. @default the field's name, in kebab case */
  readonly name?: string
  /** Whether `run --help` shows the default. @default true */
  readonly showDefault?: boolean
}

/** A parameter as its field declares it, unchecked: JavaScript flows have no compiler to hold them to the types. */
export interface ParameterDeclaration {
  readonly kind: ParameterDescription['kind']
  /** How the source names the factory, for messages: `Parameter.integer`. */
  readonly factory: string
  readonly options: Readonly<Record<string, unknown>>
  readonly schema?: StandardSchema
}

/** A declaration together with the field that holds it. */
export interface DeclaredParameter {
  readonly field: string
  readonly declaration: ParameterDeclaration
}
