import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * What tasks can change in the process around them: the working directory, environment variables, scratch folders. Put back when no
 * task is running, so that the next one in this process does not depend on which ran before it. Tasks that run at once share the
 * working directory and the environment; a scratch folder is one task's own.
 */
export class ProcessState {
  readonly #cwd = process.cwd()
  readonly #env: NodeJS.ProcessEnv
  /** The environment as it was when the process started. */
  readonly initialEnv: Readonly<NodeJS.ProcessEnv>
  #envTouched = false
  /** By whose they are. */
  readonly #tempDirs = new Map<object, string>()

  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env
    this.initialEnv = { ...env }
  }

  /** The environment to show to user code: the real one, but writes to it are noticed. Copying it for every task would cost more than a task. */
  watchedEnv(): NodeJS.ProcessEnv {
    const touched = (): void => {
      this.#envTouched = true
    }
    return new Proxy(this.#env, {
      set: (env, name, value) => (touched(), Reflect.set(env, name, value)),
      deleteProperty: (env, name) => (touched(), Reflect.deleteProperty(env, name)),
      defineProperty: (env, name, descriptor) => (touched(), Reflect.defineProperty(env, name, descriptor)),
    })
  }

  /** Made when it is first asked for. */
  tempDir(owner: object): string {
    let dir = this.#tempDirs.get(owner)
    if (dir === undefined) this.#tempDirs.set(owner, (dir = mkdtempSync(join(tmpdir(), 'flowctl-'))))
    return dir
  }

  restore(): void {
    if (cwdNow() !== this.#cwd) process.chdir(this.#cwd)
    if (this.#envTouched) this.#restoreEnv()
  }

  removeTempDirs(): void {
    for (const owner of [...this.#tempDirs.keys()]) this.removeTempDir(owner)
  }

  removeTempDir(owner: object): void {
    const dir = this.#tempDirs.get(owner)
    if (dir === undefined) return
    this.#tempDirs.delete(owner)
    try {
      rmSync(dir, { recursive: true, force: true })
    } catch {
      // Something still writes there; it is in the system's folder for such things.
    }
  }

  #restoreEnv(): void {
    this.#envTouched = false
    for (const name of Object.keys(this.#env)) if (!(name in this.initialEnv)) delete this.#env[name]
    for (const [name, value] of Object.entries(this.initialEnv)) {
      if (this.#env[name] !== value) this.#env[name] = value
    }
  }
}

/** Fails where the folder has been removed. */
function cwdNow(): string | undefined {
  try {
    return process.cwd()
  } catch {
    return undefined
  }
}
