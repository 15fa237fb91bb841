import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { flowError } from '@flowctl/core'

/** What `/readyz` and `/healthz` answer: nothing wrong, or what is wrong. */
export type Check = () => Promise<string | undefined> | string | undefined

export interface ServiceServerOptions {
  readonly host: string
  /** 0: a free one. */
  readonly port: number
  /** Whether the process can go on; if not, it had better be started anew. @default always */
  readonly healthy?: Check
  /** Whether it can do its work now. */
  readonly ready: Check
  readonly metrics: { readonly contentType: string; metrics(): Promise<string> }
}

export interface ServiceServer {
  /** `http://127.0.0.1:41234` */
  readonly url: string
  close(): Promise<void>
}

/** A check that takes longer has failed, in milliseconds. */
const CHECK_LIMIT_MS = 2000

/** Serves `/healthz`, `/readyz` (200 `ok`, or 503 and the reason) and `/metrics`. Throws PORT_UNUSABLE. */
export async function startServiceServer(options: ServiceServerOptions): Promise<ServiceServer> {
  const server = createServer((request, response) => {
    answer(request, options).then(
      ({ status, type = 'text/plain; charset=utf-8', body }) => send(response, status, type, body),
      (error: unknown) => send(response, 500, 'text/plain; charset=utf-8', `${String(error)}\n`),
    )
  })
  const { address, port } = await listen(server, options)
  return {
    url: `http://${address.includes(':') ? `[${address}]` : address}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

interface Answer {
  readonly status: number
  readonly type?: string
  readonly body: string
}

async function answer({ method, url = '' }: IncomingMessage, options: ServiceServerOptions): Promise<Answer> {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, body: 'only GET\n' }
  const { healthy = () => undefined, ready, metrics } = options
  switch (url.split('?')[0]) {
    case '/healthz':
      return checked(healthy)
    case '/readyz':
      return checked(ready)
    case '/metrics':
      return { status: 200, type: metrics.contentType, body: await metrics.metrics() }
    default:
      return { status: 404, body: 'there are /healthz, /readyz and /metrics\n' }
  }
}

async function checked(check: Check): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${CHECK_LIMIT_MS / 1000} s`), CHECK_LIMIT_MS)
  })
  const wrong = await Promise.race([Promise.resolve().then(check), late]).catch((error: unknown) => String(error))
  clearTimeout(timer)
  return wrong === undefined ? { status: 200, body: 'ok\n' } : { status: 503, body: `${wrong}\n` }
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type }).end(response.req.method === 'HEAD' ? '' : body)
}

function listen(server: Server, { host, port }: ServiceServerOptions): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const reason = cause.code === 'EADDRINUSE' ? 'another program uses it' : cause.message
      reject(flowError('PORT_UNUSABLE', { host, port, reason }, { cause }))
    })
    server.listen(port, host, () => resolve(server.address() as AddressInfo))
  })
}
