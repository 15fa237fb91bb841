import { createServer } from 'node:net'

/** The first of `count` ports of loopback, one after the other, that nobody listens on now. */
export async function freePorts(count = 1): Promise<number> {
  for (;;) {
    const first = await tryListening(0)
    if (first === undefined) continue
    const rest = await Promise.all(Array.from({ length: count - 1 }, (_, i) => tryListening(first + i + 1)))
    if (rest.every((port) => port !== undefined)) return first
  }
}

function tryListening(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined))
    })
  })
}
