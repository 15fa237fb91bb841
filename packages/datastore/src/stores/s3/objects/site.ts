import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import type { Bucket } from './bucket.ts'

/** Where objects are, before their keys, as the SDK finds it for the bucket, and who signs for it. */
export interface Site {
  readonly protocol: string
  readonly hostname: string
  readonly port?: number
  readonly path: string
  readonly signer: Awaited<ReturnType<S3Client['config']['signer']>>
}

const KEY = 'key'

/**
 * Lets the SDK make a request for an object, up to where it would be signed. `undefined` where requests are signed in a way that only
 * the SDK's commands know. Throws what the SDK throws for settings that are wrong.
 */
export async function findSite(client: S3Client, { bucket }: Bucket): Promise<Site | undefined> {
  const { config } = client
  const command = new HeadObjectCommand({ Bucket: bucket, Key: KEY })
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
  await client.send(command)
  return site
}
