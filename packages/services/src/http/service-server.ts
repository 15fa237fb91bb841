import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { flowError } from '@flowctl/core'
import { getRequestListener } from '@hono/node-server'
import { serviceApp, type ServiceAppOptions } from './service-app.ts'

export interface ServiceServerOptions extends ServiceAppOptions {
  readonly host: string
  /** 0: a free one. */
  readonly port: number
}

export interface ServiceServer {
  /** `http://127.0.0.1:41234` */
  readonly url: string
  close(): Promise<void>
}

/** Serves the routes of `serviceApp`. Throws PORT_UNUSABLE. */
export async function startServiceServer(options: ServiceServerOptions): Promise<ServiceServer> {
  const { fetch } = serviceApp(options)
  // The process stays as it is: its own Request and Response are not replaced by those of the server.
  const answer = getRequestListener(fetch, { overrideGlobalObjects: false })
  const server = createServer((request, response) => void answer(request, response))
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

function listen(server: Server, { host, port }: ServiceServerOptions): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const reason = cause.code === 'EADDRINUSE' ? 'another program uses it' : cause.message
      reject(flowError('PORT_UNUSABLE', { host, port, reason }, { cause }))
    })
    server.listen(port, host, () => resolve(server.address() as AddressInfo))
  })
}
