import { spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('../../', import.meta.url))

/** Where the pages say the reader works. */
const READERS_FOLDER = '/home/ada/flows'

/** A reader who follows a page in a new folder, with `flowctl` installed there. */
export class Reader {
  readonly folder: string
  readonly #root: string

  private constructor(root: string) {
    this.#root = root
    this.folder = path.join(root, 'flows')
  }

  static async create(): Promise<Reader> {
    const reader = new Reader(await realpath(await mkdtemp(path.join(tmpdir(), 'flowctl-docs-'))))
    await mkdir(reader.folder)
    await symlink(path.join(repository, 'node_modules'), path.join(reader.folder, 'node_modules'))
    await writeFile(path.join(reader.folder, 'package.json'), '{ "type": "module" }\n')
    // `npx` itself takes longer than the command: this one only runs what is installed in the folder.
    const bin = path.join(reader.#root, 'bin')
    await mkdir(bin)
    await writeFile(
      path.join(bin, 'npx'),
      '#!/bin/sh\ncommand=$1\nshift\nexport npm_command=exec\nexec "./node_modules/.bin/$command" "$@"\n',
    )
    await chmod(path.join(bin, 'npx'), 0o755)
    return reader
  }

  async write(name: string, text: string): Promise<void> {
    const file = path.join(this.folder, name)
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, text)
  }

  /** Runs one line of shell, standard output and standard error together, in order. */
  async run(command: string): Promise<{ exit: number | null; lines: string[] }> {
    const environment = {
      PATH: `${path.join(this.#root, 'bin')}${path.delimiter}${process.env['PATH']}`,
      HOME: this.#root,
      FLOWCTL_USER: 'ada',
      NO_COLOR: '1',
    }
    const child = spawn('sh', ['-c', `{ ${command}\n} 2>&1`], { cwd: this.folder, env: environment })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    const exit = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    })
    return { exit, lines: output.replaceAll(this.folder, READERS_FOLDER).split('\n') }
  }

  async leave(): Promise<void> {
    await rm(this.#root, { recursive: true, force: true })
  }
}
