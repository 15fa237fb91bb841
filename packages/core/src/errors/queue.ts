import { entry } from './define/entry.ts'

/** Reaching the shared queue. */
export const queueErrors = {
  REDIS_URL_INVALID: entry<{ url: string; reason: string }>({
    exit: 2,
    when: 'The address of Redis cannot be read.',
    message: (d) => `The Redis URL ${d.url} cannot be used: ${d.reason}`,
    fix: () =>
      'Use redis://HOST:PORT, rediss://HOST:PORT (TLS), redis+sentinel://HOST:PORT,HOST:PORT/NAME or redis+cluster://HOST:PORT,HOST:PORT.',
  }),
  REDIS_UNREACHABLE: entry<{ url: string; reason: string }>({
    exit: 1,
    when: 'Redis does not answer, or refuses the user.',
    message: (d) => `Redis at ${d.url} cannot be reached: ${d.reason}`,
    fix: (d) =>
      /certificate/i.test(d.reason)
        ? 'Name the certificate of the authority that vouches for it, for Node to trust: NODE_EXTRA_CA_CERTS=FILE.pem.'
        : 'Start Redis, or set FLOWCTL_REDIS_URL to one that runs, with its user and password if it wants them.',
  }),
  POOL_UNKNOWN: entry<{ step: string; pool: string; pools: readonly string[] }>({
    exit: 2,
    when: 'A step names a pool that is not configured.',
    message: (d) => `Step '${d.step}' wants pool ${d.pool}, but the pools are: ${d.pools.join(', ')}.`,
    fix: () => 'Name a configured pool in @resources({ pool }), or add the pool to the configuration.',
  }),
  POOL_NONE_FITS: entry<{ step: string; wants: string; pools: readonly string[] }>({
    exit: 2,
    when: 'A step needs more than a slot of any pool offers.',
    message: (d) => `Step '${d.step}' needs ${d.wants}, more than a slot of any pool offers (${d.pools.join('; ')}).`,
    fix: () => 'Ask for less in @resources, or configure a pool with bigger slots.',
  }),
} as const
