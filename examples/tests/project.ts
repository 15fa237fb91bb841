import { spawn } from 'node:child_process'
import { cp, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client, type Run, type Task } from 'flowctl'
import { afterAll } from 'vitest'

export const examples = fileURLToPath(new URL('../', import.meta.url))
const binary = fileURLToPath(new URL('../../packages/cli/bin/flowctl.js', import.meta.url))

export interface Finished {
  readonly exit: number | null
  /** Standard output and standard error. */
  readonly output: string
  /** What the tasks wrote, without times, in order of the steps' names and then of the lines. */
  said(step: string): string[]
}

const folders: string[] = []
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))))

/** A new folder that holds the example flows and a datastore of its own, removed when the file's tests are over. */
export class Project {
  readonly folder: string
  readonly datastore: string

  private constructor(folder: string) {
    this.folder = folder
    this.datastore = path.join(folder, '.flowctl')
  }

  static async create(): Promise<Project> {
    const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'flowctl-examples-')))
    folders.push(folder)
    const filter = (source: string): boolean => !/\/(node_modules|tests|\.flowctl)$/.test(source)
    await cp(examples, folder, { recursive: true, filter })
    await symlink(path.join(examples, '..', 'node_modules'), path.join(folder, 'node_modules'))
    return new Project(folder)
  }

  /** Runs the built `flowctl` in the folder. */
  async flowctl(arguments_: readonly string[], environment: Record<string, string> = {}): Promise<Finished> {
    const child = spawn(process.execPath, [binary, ...arguments_], {
      cwd: this.folder,
      env: { PATH: process.env['PATH'], HOME: this.folder, FLOWCTL_USER: 'ada', NO_COLOR: '1', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text))
    }
    const exit = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    })
    return { exit, output, said: (step) => linesOf(output, step) }
  }

  /** Replaces the one place where `from` stands in an example. */
  async edit(file: string, from: string, to: string): Promise<void> {
    const name = path.join(this.folder, file)
    const source = await readFile(name, 'utf8')
    if (source.split(from).length !== 2) throw new Error(`${file} does not hold exactly one ${from}`)
    await writeFile(name, source.replace(from, to))
  }

  /** A client of the folder's datastore. */
  client(): Client {
    return new Client({ datastore: this.datastore, user: 'ada' })
  }

  async latestRun(flow: string): Promise<Run> {
    const run = await (await this.client().flow(flow)).latestRun()
    if (run === undefined) throw new Error(`${flow} has no run`)
    return run
  }

  /** A task of the flow's latest run. */
  async task(flow: string, step: string, id?: string): Promise<Task> {
    return await (await this.latestRun(flow)).task(step, id)
  }

  /** The value of an artifact in the flow's latest run. */
  async artifact(flow: string, step: string, name: string, id?: string): Promise<unknown> {
    return await (await this.task(flow, step, id)).get(name)
  }
}

/** `2026-11-23 08:12:02.388 [Flow/RUN/hello/0 (pid 9)] Hello World!` */
const TASK_LINE = /^\S+ \S+ \[[^/]+\/[^/]+\/([^/]+)\/(\S+) \(pid \d+\)\] (.*)$/

function linesOf(output: string, step: string): string[] {
  const said = output.split('\n').flatMap((line) => {
    const [, ofStep, , text] = TASK_LINE.exec(line) ?? []
    return ofStep === step && text !== undefined ? [text] : []
  })
  return said.filter((text) => !/^Task (is starting|finished successfully)|^Foreach yields/.test(text))
}
