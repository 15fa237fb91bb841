import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { Lane, type LaneFaults } from './proxy/lane.ts'
import { HttpWatch, RedisWatch, type Trap, type Watch } from './proxy/traps.ts'

export interface ProxyOptions {
  /** Port of the server on loopback. */
  readonly to: number
  /** What is spoken, for `dropReply`. @default 'redis' */
  readonly protocol?: 'redis' | 'http'
}

export interface LostReply {
  /** Which of the requests that match, from 1. @default 1 */
  readonly nth?: number
  /** Whether it is one of those counted: words of a Redis command with spaces between, or the first line of an HTTP request. */
  readonly match?: (request: string) => boolean
}

/**
 * Stands between a client and a server and does what networks do. What is set in `toServer` and `toClient` holds from then on, for open
 * connections too.
 */
export interface Proxy {
  readonly port: number
  readonly url: string
  /** Open now. */
  readonly connections: number
  /** Requests that went through since the start. */
  readonly requests: number
  readonly toServer: LaneFaults
  readonly toClient: LaneFaults
  /** A partition: nothing passes in either direction, and nobody is told. What was sent arrives when it heals. */
  blackHole(on: boolean): void
  /** Cuts all connections that are open. */
  reset(): void
  /**
   * Lets one request through and cuts its connection instead of giving the reply: the server did it, the client cannot know.
   * Resolves with the request when that has happened.
   */
  dropReply(which?: LostReply): Promise<string>
  close(): Promise<void>
}

export async function startProxy({ to, protocol = 'redis' }: ProxyOptions): Promise<Proxy> {
  const toServer: LaneFaults = { delayMs: 0, isBlackHole: false, bytesPerSecond: Infinity }
  const toClient: LaneFaults = { delayMs: 0, isBlackHole: false, bytesPerSecond: Infinity }
  const open = new Set<Socket>()
  const traps: Trap[] = []
  let requests = 0
  const seen = (request: string): Trap | undefined => {
    requests += 1
    const trap = traps.find((one) => one.match(request) && (one.left -= 1) === 0)
    if (trap !== undefined) traps.splice(traps.indexOf(trap), 1)
    return trap
  }

  const server = createServer((client) => {
    const upstream = connect({ port: to, host: '127.0.0.1', noDelay: true })
    client.setNoDelay(true)
    open.add(client)
    const cut = (): void => {
      client.destroySoon()
      upstream.destroy()
    }
    const watch: Watch = protocol === 'redis' ? new RedisWatch(seen, cut) : new HttpWatch(seen, cut)
    const lanes = [
      new Lane(client, upstream, toServer, (chunk) => watch.request(chunk)),
      new Lane(upstream, client, toClient, (chunk) => watch.reply(chunk)),
    ]
    client.on('close', () => {
      open.delete(client)
      for (const lane of lanes) lane.settle()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const reset = (): void => {
    for (const client of open) client.resetAndDestroy()
  }
  return {
    port,
    url: `${protocol}://127.0.0.1:${port}`,
    get connections() {
      return open.size
    },
    get requests() {
      return requests
    },
    toServer,
    toClient,
    blackHole(on) {
      toServer.isBlackHole = on
      toClient.isBlackHole = on
    },
    reset,
    dropReply({ nth = 1, match = () => true } = {}) {
      return new Promise((resolve) => traps.push({ left: nth, match, sprung: resolve }))
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      reset()
      await closed
    },
  }
}
