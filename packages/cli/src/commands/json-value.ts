/** A value if JSON holds all of it, else what in it JSON cannot hold. */
export interface JsonValue {
  readonly value?: unknown
  readonly problem?: string
}

export function jsonValue(value: unknown): JsonValue {
  const problem = problemOf(value, 'it', new Set())
  return problem === undefined ? { value } : { problem }
}

function problemOf(value: unknown, path: string, above: ReadonlySet<unknown>): string | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `${path} is ${value}`
  if (typeof value !== 'object') return `${path} is ${typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`}`
  if (above.has(value)) return `${path} leads back to what it is in`
  const prototype: unknown = Object.getPrototypeOf(value)
  const plain = Array.isArray(value) || prototype === null || prototype === Object.prototype
  if (!plain) return `${path} is a ${(value.constructor as { name?: string } | undefined)?.name ?? 'class instance'}`
  const inside = new Set(above).add(value)
  for (const [key, item] of Object.entries(value)) {
    const problem = problemOf(item, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`, inside)
    if (problem !== undefined) return problem
  }
  return undefined
}
