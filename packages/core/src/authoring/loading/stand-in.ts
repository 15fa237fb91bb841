import type { ParameterDescription } from '../../graph/description.ts'
import { separatorOf } from '../parameters/check-declaration.ts'
import type { ParameterDeclaration } from '../declarations/declaration.ts'
import { split } from '../parameters/read-text.ts'
import { validateNow } from '../parameters/validate.ts'

/**
 * A value to go on with while a flow is described, for field initializers that compute with a parameter: its default where
 * that is known, else something of its type.
 */
export function standIn(declaration: ParameterDeclaration): unknown {
  const { kind, options, schema } = declaration
  const value = options['default']
  if (value === undefined || typeof value === 'function' || kind === 'file-text' || kind === 'file-bytes') {
    return separatorOf(declaration) === undefined ? ofKind(kind) : []
  }
  const separator = separatorOf(declaration)
  const input = typeof value === 'string' && separator !== undefined ? split(value, separator) : value
  if (schema === undefined) return input
  const result = validateNow(schema, input)
  return result === undefined || result.issues !== undefined ? input : result.value
}

function ofKind(kind: ParameterDescription['kind']): unknown {
  switch (kind) {
    case 'string':
    case 'file-text':
      return ''
    case 'integer':
    case 'number':
      return 0
    case 'boolean':
      return false
    case 'file-bytes':
      return new Uint8Array(0)
    case 'json':
    case 'schema':
      return anything
  }
}

/** Answers every question: each property and each call gives itself again, it is an empty list and an empty text. */
const anything: unknown = new Proxy(function anything() {}, {
  get: (_, key) => {
    if (key === Symbol.toPrimitive) return () => ''
    if (key === Symbol.iterator) return () => [][Symbol.iterator]()
    return key === 'length' ? 0 : anything
  },
  apply: () => anything,
  construct: () => anything as object,
})
