import { randomInt } from 'node:crypto'

const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789'
const LENGTH = 4

/** A new run id: the time in UTC, for people and for sorting, and a few letters against collisions. `20261123-081202-k3xq` */
export function newRunId(now: number): string {
  const [date = '', time = ''] = new Date(now).toISOString().split('T')
  const letters = Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('')
  return `${date.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}-${letters}`
}
