/** All that a command knows of the world outside: `bin.ts` makes the real one, tests make their own. */
export interface CommandContext {
  /** Without `node` and the script. */
  readonly arguments: readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly homeDirectory: string
  /** The operating system's name for who runs this. */
  readonly systemUser: string | undefined
  readonly stdout: Output
  readonly stderr: Output
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Calls `listener` on Ctrl-C and SIGTERM instead of ending the process, until the returned function is called. */
  readonly onStop: (listener: (signal: 'SIGINT' | 'SIGTERM') => void) => () => void
  /** Ends the process at once. */
  readonly exit: (code: number) => void
  readonly pid: number
  /** The program and the script that this process runs: starts another flowctl when a command is added. */
  readonly self: readonly [file: string, ...words: string[]]
  /** The flowctl that started this process to watch over it. */
  readonly parent: ParentProcess | undefined
}

export interface ParentProcess {
  tell(message: object): void
  /** Calls `listener` when it is gone. */
  onGone(listener: () => void): void
}

/** Where text goes: `process.stdout`, or what a test puts in its place. */
export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}

/** How the program ends. */
export const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const
