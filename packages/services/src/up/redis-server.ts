import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, realpathSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { flowError } from '@flowctl/core'
import { lines } from './lines.ts'

export interface RedisServer {
  readonly url: string
  readonly process: ChildProcess
}

export interface RedisServerOptions {
  /** Where it keeps its append-only file. */
  readonly folder: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** What it writes, line by line. */
  readonly onLine: (line: string) => void
}

/** A Redis with a big append-only file takes a while to read it. */
const READY_LIMIT_MS = 60_000
const POLL_MS = 25

/**
 * Starts the `redis-server` of the PATH on a free port of loopback, with a password of its own, and waits until it answers. What it
 * holds is written to disk every second (AOF). Throws REDIS_SERVER_MISSING.
 */
export async function startRedisServer(options: RedisServerOptions): Promise<RedisServer> {
  mkdirSync(options.folder, { recursive: true })
  const port = await freePort()
  const password = randomBytes(16).toString('hex')
  const child = spawn('redis-server', ['-'], {
    cwd: realpathSync(options.folder),
    env: { PATH: options.environment['PATH'] },
    stdio: ['pipe', 'pipe', 'pipe'],
    // Ctrl-C in the terminal is for `up`, which stops Redis last.
    detached: true,
  })
  // Settings on standard input: a password among the arguments could be read by everybody.
  child.stdin?.on('error', () => {})
  child.stdin?.end(configuration(port, password))
  const last: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    lines(stream, (line) => {
      last.push(line)
      if (last.length > 3) last.shift()
      options.onLine(line)
    })
  }
  const ended = new Promise<never>((_, reject) => {
    child.once('error', (cause: NodeJS.ErrnoException) => {
      const reason = cause.code === 'ENOENT' ? 'it is not installed, or not in the PATH' : cause.message
      reject(flowError('REDIS_SERVER_MISSING', { reason }, { cause }))
    })
    child.once('exit', (code) => {
      const reason = `it ended with exit code ${String(code)}: ${last.join(' ')}`
      reject(flowError('REDIS_SERVER_MISSING', { reason }))
    })
  })
  ended.catch(() => {})
  await Promise.race([answers(port, password), ended])
  return { url: `redis://:${password}@127.0.0.1:${port}`, process: child }
}

function configuration(port: number, password: string): string {
  return [
    `port ${port}`,
    'bind 127.0.0.1',
    `requirepass ${password}`,
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    'maxmemory-policy noeviction',
    'daemonize no',
    '',
  ].join('\n')
}

/** Resolves when Redis has read its files and takes commands. */
async function answers(port: number, password: string): Promise<void> {
  const giveUp = performance.now() + READY_LIMIT_MS
  while (performance.now() < giveUp) {
    if (await ping(port, password)) return
    await sleep(POLL_MS)
  }
  throw flowError('REDIS_SERVER_MISSING', { reason: `it did not answer within ${READY_LIMIT_MS / 1000} s` })
}

async function ping(port: number, password: string): Promise<boolean> {
  return (await say(port, password, 'PING')).includes('PONG')
}

/**
 * Ends a Redis that an `up` which was killed has left behind: only that one knows its password.
 *
 * @param url as `startRedisServer` returned it
 */
export async function stopLeftover(url: string): Promise<void> {
  const match = /^redis:\/\/:([0-9a-f]+)@127\.0\.0\.1:(\d+)$/.exec(url)
  if (match === null) return
  const [, password = '', port = ''] = match
  if (!(await ping(Number(port), password))) return
  await say(Number(port), password, 'SHUTDOWN')
  const giveUp = performance.now() + 5000
  while (performance.now() < giveUp && (await ping(Number(port), password))) await sleep(POLL_MS)
}

/** Logs in, says one thing, and returns all that was answered. */
function say(port: number, password: string, command: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`AUTH ${password}\r\n${command}\r\n`))
    let text = ''
    socket.setEncoding('utf8').setTimeout(1000, () => socket.destroy())
    socket.on('data', (chunk: string) => {
      text += chunk
      if (text.split('\r\n').length > 2 || text.startsWith('-')) socket.destroy()
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(text))
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
