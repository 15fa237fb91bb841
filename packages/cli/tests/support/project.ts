import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const BINARY = fileURLToPath(new URL('../../bin/flowctl.js', import.meta.url))
const PACKAGES = fileURLToPath(new URL('../../../../node_modules', import.meta.url))

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Lines of standard output. */
  readonly lines: readonly string[]
}

/** A folder with flow files in which the built `flowctl` is run. */
export class Project {
  readonly folder: string
  readonly #environment: Record<string, string>

  constructor(files: Readonly<Record<string, string>> = {}) {
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), 'flowctl-cli-')))
    symlinkSync(PACKAGES, join(this.folder, 'node_modules'))
    const { PATH = '' } = process.env
    const cache = join(this.folder, 'cache')
    this.#environment = { PATH, HOME: this.folder, FLOWCTL_USER: 'ada', FLOWCTL_CACHE: cache, TZ: 'UTC' }
    for (const [name, text] of Object.entries(files)) this.write(name, text)
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text)
  }

  /** Runs flowctl to its end. */
  async flowctl(...words: readonly string[]): Promise<Finished> {
    return this.with({}, ...words)
  }

  /** The same, with more environment variables; `cwd` is no variable but the folder to run in. */
  async with({ cwd, ...environment }: Record<string, string>, ...words: readonly string[]): Promise<Finished> {
    const child = this.start(environment, words, cwd)
    const [stdout, stderr, code] = await Promise.all([textOf(child.stdout), textOf(child.stderr), ended(child)])
    return { code, stdout, stderr, lines: stdout.split('\n').slice(0, -1) }
  }

  start(environment: Record<string, string>, words: readonly string[], cwd: string = this.folder): ChildProcess {
    const env = { ...this.#environment, ...environment }
    return spawn(process.execPath, [BINARY, ...words], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  }

  /** Ids of the recorded runs of a flow. */
  runs(flow: string): string[] {
    try {
      return readdirSync(join(this.folder, '.flowctl', flow, 'runs')).sort()
    } catch {
      return []
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

export function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
}

async function textOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  let text = ''
  stream?.setEncoding('utf8')
  for await (const chunk of stream ?? []) text += String(chunk)
  return text
}

/** Replaces what differs from run to run: times, run ids, process ids, durations. */
export function settled(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{3})?/g, 'TIME')
    .replace(/\d{8}-\d{6}-[a-z0-9]+/g, 'RUN')
    .replace(/\(pid \d+\)/g, '(pid N)')
    .replace(/\b\d+(?:\.\d)? (?:ms|s)\b/g, 'SOME')
}
