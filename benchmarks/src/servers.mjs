import { register } from 'tsx/esm/api'

// The servers of the tests, which are written in TypeScript. Each is started on first use and ends with this process.

/** @type {import('@flowctl/test-support/servers/redis').RedisServer | undefined} */
let redis

/**
 * What a person has to install before rows that need this can be measured; undefined when it is there. Installs it where
 * that can be done (Debian, as root).
 *
 * @param {import('./rows.mjs').Need} need
 */
export async function missingServer(need) {
  if (need === 'redis') return (await redisModule()).missingRedis()
  return (await s3Server()) === undefined ? 'S3: no gateway here, and none can be installed' : undefined
}

/** One Redis for all rows, with AOF everysec. */
export async function redisServer() {
  redis ??= await (await redisModule()).startRedis({ appendonly: true })
  return redis
}

/** The Ceph gateway of the tests, or the one that FLOWCTL_TEST_S3 names; undefined where there is none. */
export async function s3Server() {
  const { s3Server: server } = await fromTypeScript(() => import('@flowctl/test-support/servers/s3'))
  return server()
}

/** Stops what this process started. */
export async function stopServers() {
  await redis?.stop()
  redis = undefined
}

function redisModule() {
  return fromTypeScript(() => import('@flowctl/test-support/servers/redis'))
}

/**
 * @template T
 * @param {() => Promise<T>} load
 */
async function fromTypeScript(load) {
  const unregister = register()
  try {
    return await load()
  } finally {
    await unregister()
  }
}
