import { spawnSync } from 'node:child_process'
import { isAlive } from '@flowctl/test-support/is-alive'

/** A network of its own for a process, with one cable to the host. */
export interface NetworkNamespace {
  /** Address of the host at the other end of the cable. */
  readonly host: string
  /** What stands before a command that is to run in it. */
  readonly words: readonly string[]
}

const PREFIX = 'flowctl-test'
const made: string[] = []

/** As many as asked for; none where they cannot be made (not root, or no `ip`). They are removed with this process at the latest. */
export function networkNamespaces(count: number): readonly NetworkNamespace[] {
  if (process.getuid?.() !== 0) return []
  removeLeftovers()
  process.once('exit', removeNamespaces)
  const all = Array.from({ length: count }, (_, n) => make(n))
  const found = all.filter((one) => one !== undefined)
  if (found.length === count) return found
  removeNamespaces()
  return []
}

export function removeNamespaces(): void {
  for (const name of made.splice(0)) ip('netns', 'del', name)
}

function make(n: number): NetworkNamespace | undefined {
  const name = `${PREFIX}-${process.pid}-${n}`
  if (!ip('netns', 'add', name)) return undefined
  made.push(name)
  const [outside, inside] = [`fc${process.pid}h${n}`, `fc${process.pid}n${n}`]
  const net = `10.213.${process.pid % 250}`
  const [host, guest] = [`${net}.${4 * n + 1}`, `${net}.${4 * n + 2}`]
  const isUp =
    ip('link', 'add', outside, 'type', 'veth', 'peer', 'name', inside) &&
    ip('link', 'set', inside, 'netns', name) &&
    ip('addr', 'add', `${host}/30`, 'dev', outside) &&
    ip('link', 'set', outside, 'up') &&
    ip('-n', name, 'addr', 'add', `${guest}/30`, 'dev', inside) &&
    ip('-n', name, 'link', 'set', inside, 'up') &&
    ip('-n', name, 'link', 'set', 'lo', 'up')
  return isUp ? { host, words: ['ip', 'netns', 'exec', name] } : undefined
}

/** Of test processes that were killed. */
function removeLeftovers(): void {
  const { stdout } = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' })
  for (const [name, pid] of (stdout ?? '').matchAll(new RegExp(`^${PREFIX}-(\\d+)-\\d+`, 'gm'))) {
    if (!isAlive(Number(pid))) ip('netns', 'del', name)
  }
}

function ip(...words: string[]): boolean {
  return spawnSync('ip', words, { stdio: 'ignore' }).status === 0
}
