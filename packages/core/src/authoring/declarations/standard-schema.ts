/**
 * The part of the Standard Schema specification (version 1) that parameters use; zod, valibot, arktype and others
 * implement it. https://standardschema.dev
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** The type that a schema accepts. */
export type SchemaInput<Schema extends StandardSchema> = NonNullable<Schema['~standard']['types']>['input']
/** The type of the values that it answers with. */
export type SchemaOutput<Schema extends StandardSchema> = NonNullable<Schema['~standard']['types']>['output']

export function isStandardSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return false
  const standard = (value as { '~standard'?: { version?: unknown; validate?: unknown } })['~standard']
  return standard?.version === 1 && typeof standard.validate === 'function'
}

/** One line an issue: `at weights[2].name: expected a string`. */
export function issueLines(issues: readonly SchemaIssue[]): string[] {
  return issues.map(({ message, path = [] }) =>
    path.length === 0 ? message : `at ${path.map(segment).join('')}: ${message}`,
  )
}

function segment(part: PropertyKey | { readonly key: PropertyKey }, position: number): string {
  const key = typeof part === 'object' ? part.key : part
  if (typeof key === 'number') return `[${key}]`
  return position === 0 ? String(key) : `.${String(key)}`
}
