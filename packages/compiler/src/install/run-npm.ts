import { spawn } from 'node:child_process'

export interface NpmOptions {
  /** The program and its first words, e.g. `['npm']`. */
  readonly npm: readonly [program: string, ...words: string[]]
  readonly folder: string
  readonly env: Readonly<Record<string, string | undefined>>
}

export interface NpmEnd {
  readonly ok: boolean
  /** What it wrote to both streams. */
  readonly output: string
}

const LIMIT_MS = 15 * 60_000
const MAX_OUTPUT = 100_000

/** Runs npm. Rejects when it cannot be started. */
export function runNpm(words: readonly string[], { npm, folder, env }: NpmOptions): Promise<NpmEnd> {
  const [program, ...first] = npm
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...first, ...words], {
      cwd: folder,
      env: { ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LIMIT_MS,
      // npm is a script there.
      shell: process.platform === 'win32',
    })
    let output = ''
    const take = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-MAX_OUTPUT)
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.once('error', reject)
    child.once('close', (code) => resolve({ ok: code === 0, output }))
  })
}

/** What went wrong and what to do, from what npm wrote. */
export function npmProblem(output: string): { readonly problem: string; readonly fix: string } {
  const lines = output
    .split('\n')
    .map((line) => line.replace(/^npm (?:error|ERR!) ?/, '').trim())
    .filter(
      (line) =>
        line !== '' &&
        !/^A complete log of this run|debug-\d+\.log$|^at |^\w+: \S+,?$|^[{}]|^npm (?:warn|notice)/i.test(line),
    )
  const code = /^code (E\w+)$/.exec(lines.find((line) => /^code E\w+$/.test(line)) ?? '')?.[1] ?? ''
  const said = lines.filter((line) => !/^(?:code|errno|syscall|type|method) /.test(line))
  const problem = `${said.slice(0, 3).join(' ').slice(0, 500) || 'it said nothing'}${code === '' ? '' : ` (${code})`}`
  return { problem, fix: FIXES.find(([codes]) => codes.test(code))?.[1] ?? OTHERWISE }
}

const OTHERWISE = "Install the same versions by hand on the worker's machine to see all that npm says."

const FIXES: readonly (readonly [RegExp, string])[] = [
  [
    /^(?:E404|ETARGET|ENOVERSIONS)$/,
    'The registry does not have this version: was it withdrawn, or is it in another registry? Update it in the project and submit again, or set npm_config_registry for the worker.',
  ],
  [
    /^(?:E401|E403|ENEEDAUTH|E407)$/,
    "The registry refuses the worker: give its user an .npmrc with a token, or set npm's variables in its environment.",
  ],
  [
    /^(?:ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ERR_SOCKET_TIMEOUT|E5\d\d)$/,
    'The worker cannot reach the registry: check its network, or set npm_config_registry to one that it reaches.',
  ],
  [
    /^EINTEGRITY$/,
    'What the registry gives is not what the lock file was made with. Find out why before you trust either.',
  ],
  [/^ENOSPC$/, 'There is no room left: clear the cache folder of the worker.'],
]
