import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What becomes of a request on its way. */
export type Fate =
  | 'pass'
  /** The server does it, but its reply never arrives. */
  | 'lose reply'
  /** It arrives nowhere, and the connection stays open. */
  | 'swallow'
  /** Of the reply's body so many bytes arrive. */
  | { readonly cutAfter: number }
  /** It is answered here. */
  | { readonly status: number }

export interface SeenRequest {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: IncomingMessage['headers']
}

export interface FaultyProxy {
  readonly endpoint: string
  readonly requests: readonly SeenRequest[]
  close(): void
}

/** Stands between a client and the server at `target` and decides of every request what becomes of it. */
export async function faultyProxy(
  target: string,
  fateOf: (seen: SeenRequest, nth: number) => Fate,
): Promise<FaultyProxy> {
  const requests: SeenRequest[] = []
  const server = createServer((incoming, outgoing) => {
    const seen = { method: incoming.method ?? '', path: incoming.url ?? '', headers: incoming.headers }
    requests.push(seen)
    carryOut(target, fateOf(seen, requests.length), incoming, outgoing)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

function carryOut(target: string, fate: Fate, incoming: IncomingMessage, outgoing: ServerResponse): void {
  if (fate === 'swallow') return
  if (typeof fate === 'object' && 'status' in fate) {
    incoming.resume().on('end', () => outgoing.writeHead(fate.status).end())
    return
  }
  const url = new URL(incoming.url ?? '', target)
  const forwarded = request(url, { method: incoming.method ?? 'GET', headers: incoming.headers }, (reply) => {
    if (fate === 'lose reply') {
      reply.resume().on('end', () => incoming.socket.destroy())
      return
    }
    outgoing.writeHead(reply.statusCode ?? 500, reply.headers)
    if (fate === 'pass') {
      reply.pipe(outgoing)
      return
    }
    let left = fate.cutAfter
    reply.on('data', (chunk: Buffer) => {
      outgoing.write(chunk.subarray(0, left), () => left <= 0 && incoming.socket.destroy())
      left -= Math.min(left, chunk.byteLength)
    })
  })
  forwarded.on('error', () => incoming.socket.destroy())
  incoming.pipe(forwarded)
}
