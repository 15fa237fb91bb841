import { randomUUID } from 'node:crypto'
import { S3Client } from '@aws-sdk/client-s3'
import type { Connection } from './connection.ts'
import { MOST_SOCKETS, type S3Limits } from './limits.ts'
import { RequestsWithFallback } from './objects/requests-with-fallback.ts'
import type { S3Settings } from './settings.ts'

export function connect(settings: S3Settings, limits: S3Limits): Connection {
  const client = makeClient(settings, limits)
  return {
    client,
    objects: new RequestsWithFallback(client, settings),
    settings,
    limits,
    place: settings.endpoint ?? 'Amazon S3',
    random: Math.random,
    nonce: randomUUID,
  }
}

/** The SDK tries once: reading a body and conditional writes need more care at a second try than it has. */
function makeClient(settings: S3Settings, limits: S3Limits): S3Client {
  const { endpoint, region, pathStyle, credentials } = settings
  return withoutVersionAdvice(
    () =>
      new S3Client({
        ...(endpoint !== undefined && { endpoint }),
        ...(region !== undefined && { region }),
        ...(credentials !== undefined && { credentials }),
        forcePathStyle: pathStyle,
        followRegionRedirects: endpoint === undefined,
        maxAttempts: 1,
        requestChecksumCalculation: 'WHEN_REQUIRED',
        responseChecksumValidation: 'WHEN_REQUIRED',
        requestHandler: {
          connectionTimeout: limits.connectMs,
          socketTimeout: limits.idleMs,
          httpAgent: { keepAlive: true, maxSockets: MOST_SOCKETS },
          httpsAgent: { keepAlive: true, maxSockets: MOST_SOCKETS },
        },
        logger: SILENT,
      }),
  )
}

const nothing = (): void => {}
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing }

/** The variable by which the SDK is told to keep its advice on versions of Node to itself. */
const NO_ADVICE = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'

/**
 * The SDK's advice on versions of Node is for those who choose its version: in a task's log it would only puzzle. The variable is set
 * only while a client is made, which does not wait for anything: neither user code nor the processes it starts see it.
 */
function withoutVersionAdvice<T>(make: () => T): T {
  // The SDK looks at nothing else.
  const { env } = process
  const before = env[NO_ADVICE]
  env[NO_ADVICE] = 'true'
  try {
    return make()
  } finally {
    if (before === undefined) delete env[NO_ADVICE]
    else env[NO_ADVICE] = before
  }
}
