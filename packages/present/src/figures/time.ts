const two = (n: number): string => (n < 10 ? `0${n}` : String(n))
const three = (n: number): string => String(n).padStart(3, '0')

/** Milliseconds since 1970 as local `2026-11-23 08:12:02.388`. */
export function timestamp(at: number): string {
  const date = new Date(at)
  return `${dateTime(at)}.${three(date.getMilliseconds())}`
}

/** Local `2026-11-23 08:12:02`. */
export function dateTime(at: number): string {
  const date = new Date(at)
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${hoursToSeconds(date)}`
}

/** Local `08:12:02.388`. */
export function clock(at: number): string {
  const date = new Date(at)
  return `${hoursToSeconds(date)}.${three(date.getMilliseconds())}`
}

function hoursToSeconds(date: Date): string {
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

/** `45 ms`, `1.2 s`, `48 s`, `3 min 12 s`, `2 h 5 min`, `4 d 1 h`. */
export function duration(milliseconds: number): string {
  const ms = Math.max(0, milliseconds)
  if (ms < 995) return `${Math.round(ms)} ms`
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return pair(Math.floor(seconds / 60), 'min', seconds % 60, 's')
  const minutes = Math.floor(seconds / 60)
  if (minutes < 24 * 60) return pair(Math.floor(minutes / 60), 'h', minutes % 60, 'min')
  const hours = Math.floor(minutes / 60)
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h')
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`
}
