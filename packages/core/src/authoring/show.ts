const LIMIT = 60

/** A value as people write it, short enough for a message. */
export function show(value: unknown): string {
  const text = write(value)
  return text.length <= LIMIT ? text : `${text.slice(0, LIMIT - 3)}...`
}

function write(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `'${value}'`
    case 'bigint':
      return `${value}n`
    case 'function':
      return value.name === '' ? 'a function' : `the function ${value.name}`
    case 'object':
      return writeObject(value)
    default:
      return String(value)
  }
}

function writeObject(value: object | null): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return Object.prototype.toString.call(value)
  }
}
