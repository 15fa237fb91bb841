import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import type { S3Settings } from './settings.ts'
import { S3Failure } from './s3-failure.ts'

export interface DirectRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT'
  readonly key: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array
}

export interface DirectAnswer {
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: AsyncIterable<Uint8Array>
}

/** Where objects are, before their keys, as the SDK finds it for the bucket, and who signs for it. */
interface Site {
  readonly protocol: string
  readonly hostname: string
  readonly port?: number
  readonly path: string
  readonly signer: Awaited<ReturnType<S3Client['config']['signer']>>
}

const KEY = 'key'

/**
 * Requests for single objects, signed and sent by the SDK's own signer and connections, but not through the layers between its
 * commands and those, which take three times as much processor as all else. What those layers are needed for is left to them: `send` gives
 * `undefined` where the command is to be sent (redirects, other regions, clocks that differ).
 */
export class Direct {
  readonly #client: S3Client
  readonly #settings: S3Settings
  #site: Promise<Site | undefined> | undefined

  constructor(client: S3Client, settings: S3Settings) {
    this.#client = client
    this.#settings = settings
  }

  /** Throws S3Failure for what the server refuses, and what the connection throws. */
  async send({ method, key, headers, body }: DirectRequest): Promise<DirectAnswer | undefined> {
    const site = await this.#where()
    if (site === undefined) return undefined
    const { signer, path, ...place } = site
    const { config } = this.#client
    const host = place.port === undefined ? place.hostname : `${place.hostname}:${place.port}`
    const whole = `${path}${this.#settings.prefix}${key}`
    const request = { ...place, method, path: whole, query: {}, headers: { host, ...headers }, body }
    const signed = await signer.sign(request, { signingDate: new Date(Date.now() + config.systemClockOffset) })
    const { response } = await config.requestHandler.handle(
      signed as Parameters<typeof config.requestHandler.handle>[0],
    )
    const answer = { headers: response.headers, body: response.body as AsyncIterable<Uint8Array> }
    const status = response.statusCode
    if (status === 200 || status === 206) return answer
    const text = await textOf(answer.body)
    const code = tagged(text, 'Code')
    if (status > 400 && code !== 'RequestTimeTooSkewed') throw new S3Failure(status, code, tagged(text, 'Message'))
    // The bucket is elsewhere: so it will be for the next request.
    if (status <= 400) this.#site = Promise.resolve(undefined)
    return undefined
  }

  #where(): Promise<Site | undefined> {
    this.#site ??= this.#findSite().catch((error: unknown) => {
      this.#site = undefined
      throw error
    })
    return this.#site
  }

  /** Lets the SDK make a request for an object, up to where it would be signed. */
  async #findSite(): Promise<Site | undefined> {
    const { config } = this.#client
    const command = new HeadObjectCommand({ Bucket: this.#settings.bucket, Key: KEY })
    let site: Site | undefined
    command.middlewareStack.add(
      (_next, context) => async (args) => {
        const { protocol, hostname, port, path } = args.request as { [name in keyof Site]: Site[name] }
        const [scheme] = context.endpointV2?.properties?.['authSchemes'] ?? []
        if (scheme?.name === 'sigv4' && path.endsWith(KEY)) {
          const before = path.slice(0, -KEY.length)
          const signer = await config.signer(scheme)
          site = { protocol, hostname, ...(port !== undefined && { port }), path: before, signer }
        }
        return { response: undefined, output: { $metadata: {} } }
      },
      { step: 'build', priority: 'low', name: 'findSite' },
    )
    await this.#client.send(command)
    return site
  }
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = []
  for await (const piece of body) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}

/** What stands in an element of an answer in XML; empty if it is not there. */
function tagged(text: string, name: string): string {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1] ?? ''
}
