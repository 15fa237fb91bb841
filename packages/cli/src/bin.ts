import { homedir, userInfo } from 'node:os'
import type { CommandContext, ParentProcess } from './context/context.ts'
import { main } from './main.ts'

const listeners = new Set<(signal: 'SIGINT' | 'SIGTERM') => void>()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (listeners.size === 0) process.exit(130)
    for (const listener of listeners) listener(signal)
  })
}

// A reader that has gone, as in `flowctl logs RUN | head`, ends a command that only prints, but not a run.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    if (listeners.size === 0) process.exit(0)
  })
}

const context: CommandContext = {
  arguments: process.argv.slice(2),
  environment: process.env,
  cwd: process.cwd(),
  homeDirectory: homedir(),
  systemUser: systemUser(),
  stdout: process.stdout,
  stderr: process.stderr,
  now: Date.now,
  onStop(listener) {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
  exit: (code) => process.exit(code),
  pid: process.pid,
  self: [process.execPath, ...process.execArgv, process.argv[1] as string],
  parent: parentProcess(),
}

const code = await main(context)
// Writes to a pipe may still be under way.
await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))))
process.exit(code)

/** There is a channel to whoever forked this process. */
function parentProcess(): ParentProcess | undefined {
  if (process.send === undefined) return undefined
  return {
    tell: (message) => process.send?.(message),
    onGone: (listener) => process.once('disconnect', listener),
  }
}

/** Absent where the user id has no name, as in some containers. */
function systemUser(): string | undefined {
  try {
    return userInfo().username
  } catch {
    return undefined
  }
}
