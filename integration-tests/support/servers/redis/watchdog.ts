import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

let home: string | undefined

/**
 * A folder for the servers of this process. A shell waits for the end of a pipe that only this process holds: however this process
 * ends, the shell then kills every server with a `pid` file below the folder, and removes it.
 */
export function watchedFolder(): string {
  if (home !== undefined) return home
  home = mkdtempSync(join(tmpdir(), 'flowctl-redis-'))
  const script = `cat >/dev/null
    for f in "$1"/*/pid; do [ -f "$f" ] && kill -9 "$(cat "$f")"; done
    for f in "$1"/*/container; do [ -f "$f" ] && docker rm --force --volumes "$(cat "$f")"; done
    rm -rf "$1"`
  const shell = spawn('sh', ['-c', script, 'sh', home], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  shell.unref()
  const pipe: unknown = shell.stdin
  if (typeof pipe === 'object' && pipe !== null && 'unref' in pipe && typeof pipe.unref === 'function') pipe.unref()
  return home
}
