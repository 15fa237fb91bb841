import { flowError } from '../../errors/table.ts'
import { authoringState } from '../shared-state.ts'
import type { ParameterDeclaration } from '../declarations/declaration.ts'
import type { StandardSchema } from '../declarations/standard-schema.ts'

/** Answers a declaration among the field initializers: with a marker while the flow is described, with the value in a run. */
export function declareParameter(
  kind: ParameterDeclaration['kind'],
  factory: string,
  options: unknown,
  schema?: StandardSchema,
): unknown {
  const { construction } = authoringState
  if (construction === undefined) throw flowError('PARAMETER_OUTSIDE_FLOW', { factory })
  const declaration: ParameterDeclaration = {
    kind,
    factory,
    options: (options ?? {}) as Readonly<Record<string, unknown>>,
    ...(schema === undefined ? {} : { schema }),
  }
  return construction.parameter(declaration)
}
