const LEVELS: Readonly<Record<string, string>> = {
  debug: 'debug',
  info: '',
  warn: 'WARN',
  error: 'ERROR',
  fatal: 'ERROR',
}
/** Of every line; said once or not worth a person's time. */
const HIDDEN = new Set(['level', 'time', 'msg', 'service', 'pid', 'host'])
const LONGEST_VALUE = 200

/** A line of a service's log for people: `12:03:04.123 worker  connected redis=redis://localhost:6379`. Other text stays as it is. */
export function readable(line: string): string {
  const fields = fieldsOf(line)
  if (fields === undefined) return line
  const { level, time, msg, service } = fields
  const details = Object.entries(fields)
    .filter(([name]) => !HIDDEN.has(name))
    .map(([name, value]) => `${name}=${valueText(value)}`)
  const parts = [
    clock(String(time)),
    String(service ?? '').padEnd(11),
    LEVELS[String(level)] ?? String(level),
    String(msg ?? ''),
  ]
  return [...parts.filter((part) => part !== ''), ...details].join(' ')
}

function fieldsOf(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && 'level' in value && 'time' in value
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

function clock(time: string): string {
  const date = new Date(time)
  if (Number.isNaN(date.getTime())) return time
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`
}

function valueText(value: unknown): string {
  if (isError(value)) return value.message
  const text = typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : (JSON.stringify(value) ?? '')
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}...` : text
}

function isError(value: unknown): value is { message: string } {
  return typeof value === 'object' && value !== null && 'message' in value && 'stack' in value
}
