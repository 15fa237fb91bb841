import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { watchedFolder } from './watchdog.ts'

/** Ends the wait for a server that hangs. */
const START_MS = 5 * 60_000

export interface RedisServer {
  /** `redis://127.0.0.1:PORT` */
  readonly url: string
  readonly port: number
  /** Of the process that runs now, or ran last. */
  readonly pid: number
  /** Ends it at once, as a power cut would. Its data is what it had written to its files. */
  kill9(): Promise<void>
  /** Starts it again on the same port with the same files; kills it first when it runs. `empty` removes the files. */
  restart(options?: { readonly empty?: boolean }): Promise<void>
  /** Stops the process without ending it, as an overloaded machine would, and lets it go on. */
  freeze(): void
  thaw(): void
  /** Ends it and removes its files. */
  stop(): Promise<void>
}

/** One redis-server process on loopback with a folder of its own. `words`: its options, as on its command line. */
export class RedisProcess implements RedisServer {
  readonly port: number
  readonly #words: readonly string[]
  readonly #folder: string
  readonly #data: string
  #settings: readonly string[] = []
  #child: ChildProcess | undefined
  #pid = 0

  constructor(port: number, words: readonly string[], data?: string) {
    this.port = port
    this.#words = words
    this.#folder = mkdtempSync(join(watchedFolder(), `${port}-`))
    this.#data = data ?? this.#folder
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  get pid(): number {
    return this.#pid
  }

  get folder(): string {
    return this.#folder
  }

  /** A file of settings to start with. */
  configure(file: string): void {
    this.#settings = [file]
  }

  async start(): Promise<void> {
    const log = openSync(join(this.#folder, 'log'), 'a')
    const place = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.#data]
    const words = [...this.#settings, ...place, ...this.#words]
    const child = spawn('redis-server', words, { detached: true, stdio: ['ignore', log, log] })
    closeSync(log)
    child.unref()
    await once(child, 'spawn')
    this.#child = child
    this.#pid = child.pid as number
    writeFileSync(join(this.#folder, 'pid'), String(this.#pid))
    await this.#answers(child)
  }

  async kill9(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
    rmSync(join(this.#folder, 'pid'), { force: true })
  }

  async restart({ empty = false }: { readonly empty?: boolean } = {}): Promise<void> {
    await this.kill9()
    if (empty) {
      for (const name of ['appendonlydir', 'dump.rdb']) rmSync(join(this.#data, name), { recursive: true, force: true })
    }
    await this.start()
  }

  freeze(): void {
    this.#child?.kill('SIGSTOP')
  }

  thaw(): void {
    this.#child?.kill('SIGCONT')
  }

  async stop(): Promise<void> {
    await this.kill9()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** Until it answers and has loaded its files. */
  async #answers(child: ChildProcess): Promise<void> {
    const giveUp = performance.now() + START_MS
    const client = new Redis(this.url, { lazyConnect: true, retryStrategy: () => 20, maxRetriesPerRequest: null })
    client.on('error', () => {})
    try {
      void client.connect().catch(() => {})
      for (;;) {
        if (child.exitCode !== null) throw new Error(`redis-server ended: ${this.#lastWords()}`)
        if (performance.now() > giveUp) throw new Error(`redis-server does not answer: ${this.#lastWords()}`)
        const answer = await Promise.race([client.ping().catch(() => ''), sleep(100, '')])
        if (answer === 'PONG') return
      }
    } finally {
      client.disconnect()
    }
  }

  #lastWords(): string {
    return readFileSync(join(this.#folder, 'log'), 'utf8').slice(-2000)
  }
}
