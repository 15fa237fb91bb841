/** `100,000`. */
export function grouped(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** `1 task`, `3 tasks`, `100,000 tasks`. */
export function counted(n: number, noun: string, plural: string = `${noun}s`): string {
  return `${grouped(n)} ${n === 1 ? noun : plural}`
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

/** `19 B`, `1.2 KiB`, `340 MiB`. */
export function bytes(n: number): string {
  let value = n
  let unit = 0
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024
    unit += 1
  }
  const text = unit === 0 || value >= 100 ? String(Math.round(value)) : value.toFixed(1)
  return `${text} ${UNITS[unit]}`
}
