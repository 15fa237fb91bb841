import { request } from 'node:http'

const PATIENCE_MS = 20_000
const DEFAULT_SOCKET = '/var/run/docker.sock'

let known: Promise<boolean> | undefined

/** Whether a Docker engine answers, at DOCKER_HOST or the usual socket. */
export function dockerAnswers(): Promise<boolean> {
  known ??= ping(process.env['DOCKER_HOST'] || `unix://${DEFAULT_SOCKET}`)
  return known
}

function ping(host: string): Promise<boolean> {
  const to = host.startsWith('unix://') ? { socketPath: host.slice('unix://'.length) } : tcp(host)
  if (to === undefined) return Promise.resolve(false)
  return new Promise((resolve) => {
    const asking = request({ ...to, path: '/_ping', timeout: PATIENCE_MS }, (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200)
    })
    asking.on('timeout', () => asking.destroy())
    asking.on('error', () => resolve(false))
    asking.end()
  })
}

/** One that wants certificates is left to those who set it up for more than these tests. */
function tcp(host: string): { readonly host: string; readonly port: number } | undefined {
  const [, name, port] = /^(?:tcp|http):\/\/([^:/]+):(\d+)$/.exec(host) ?? []
  return name === undefined || process.env['DOCKER_TLS_VERIFY'] ? undefined : { host: name, port: Number(port) }
}
