import { declareParameter } from './declare.ts'
import type { DefaultValue, SharedOptions } from '../declarations/declaration.ts'
import type { SchemaInput, SchemaOutput, StandardSchema } from '../declarations/standard-schema.ts'

/** Options of a parameter whose default has type `Default` (or `undefined`: there is none). */
export interface ParameterOptions<Default, Required> extends SharedOptions {
  /** The value when none is given; a function is called whenever a run starts. Not together with `required`. */
  readonly default?: DefaultValue<Default>
  /** A run cannot start without a value. @default false */
  readonly required?: Required
}

/** The type of the field: without a default and not required it may be `undefined`. */
export type ParameterValue<Value, Default, Required> = [Default] extends [undefined]
  ? Required extends true
    ? Value
    : Value | undefined
  : Value

/** Options that make sure there is a value. */
export type SureOptions<Value> = SharedOptions &
  (
    | { readonly default: DefaultValue<Value>; readonly required?: false }
    | { readonly required: true; readonly default?: never }
  )
/** Options under which there may be none. */
export type UnsureOptions = SharedOptions & { readonly default?: never; readonly required?: false }

/** What a field holds when its schema was given nothing: a schema that accepts `undefined` supplies the value itself. */
type WithoutValue<Input, Output> = unknown extends Input
  ? Output | undefined
  : undefined extends Input
    ? Output
    : Output | undefined

type Text<Separator> = Separator extends string ? string[] : string
type TextDefault<Separator> = Separator extends string ? string | readonly string[] : string

export interface SeparatorOption<Separator> {
  /** Splits the given text, and a default that is a string, into a list. */
  readonly separator?: Separator
}

/** Declares a parameter: a class field whose value is given when a run starts, and fixed from then on. */
export const Parameter: {
  /** Text as it is given; with `separator` a list of strings. */
  string<
    const Separator extends string | undefined = undefined,
    Default extends TextDefault<Separator> | undefined = undefined,
    Required extends boolean = false,
  >(
    options?: ParameterOptions<Default, Required> & SeparatorOption<Separator>,
  ): ParameterValue<Text<Separator>, Default, Required>
  /** A whole number that a double holds exactly. */
  integer<Default extends number | undefined = undefined, Required extends boolean = false>(
    options?: ParameterOptions<Default, Required>,
  ): ParameterValue<number, Default, Required>
  /** A finite number. */
  number<Default extends number | undefined = undefined, Required extends boolean = false>(
    options?: ParameterOptions<Default, Required>,
  ): ParameterValue<number, Default, Required>
  /** `true`, `1`, `yes`, or the option alone; `false`, `0`, `no`. */
  boolean<Default extends boolean | undefined = undefined, Required extends boolean = false>(
    options?: ParameterOptions<Default, Required>,
  ): ParameterValue<boolean, Default, Required>
  /** Any JSON value. The type is taken on trust: `Parameter.of(schema)` checks it. */
  json<Value = unknown>(options: SureOptions<Value>): Value
  json<Value = unknown>(options?: UnsureOptions): Value | undefined
  /**
   * A value that a Standard Schema validator (zod, valibot, arktype) accepts and may transform. It is offered the given text,
   * then, if it does not want it, the JSON that the text holds. A default goes through it too.
   */
  of<
    Schema extends StandardSchema,
    Default extends SchemaInput<Schema> | undefined = undefined,
    Required extends boolean = false,
  >(
    schema: Schema,
    options?: ParameterOptions<Default, Required> & SeparatorOption<string>,
  ): [Default] extends [undefined]
    ? Required extends true
      ? SchemaOutput<Schema>
      : WithoutValue<SchemaInput<Schema>, SchemaOutput<Schema>>
    : SchemaOutput<Schema>
} = {
  string: (options?: unknown) => declareParameter('string', 'Parameter.string', options) as never,
  integer: (options?: unknown) => declareParameter('integer', 'Parameter.integer', options) as never,
  number: (options?: unknown) => declareParameter('number', 'Parameter.number', options) as never,
  boolean: (options?: unknown) => declareParameter('boolean', 'Parameter.boolean', options) as never,
  json: (options?: unknown) => declareParameter('json', 'Parameter.json', options) as never,
  of: (schema: StandardSchema, options?: unknown) =>
    declareParameter('schema', 'Parameter.of', options, schema) as never,
}
