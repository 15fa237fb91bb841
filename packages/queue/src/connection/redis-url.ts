import { flowError } from '@flowctl/core'

/** A Redis address as its parts. */
export interface RedisAddress {
  readonly kind: 'single' | 'sentinel' | 'cluster'
  readonly nodes: readonly { readonly host: string; readonly port: number }[]
  readonly tls: boolean
  readonly username?: string
  readonly password?: string
  /** Database number; a cluster has only 0. */
  readonly db: number
  /** Name of the master, of a Sentinel address. */
  readonly master?: string
}

const FORM = /^(redis|rediss)(?:\+(sentinel|cluster))?:\/\/(?:([^@/]*)@)?([^/?]*)(?:\/([^?]*))?$/
const PORTS = { single: 6379, sentinel: 26_379, cluster: 6379 } as const

/**
 * Reads `redis://[user[:password]@]host[:port][/db]`, `rediss://` for TLS, `redis+cluster://h1:p1,h2:p2` and
 * `redis+sentinel://h1:p1,h2:p2/master[/db]` (with TLS: `rediss+...`). Throws REDIS_URL_INVALID.
 */
export function parseRedisUrl(url: string): RedisAddress {
  const refuse = (reason: string): never => {
    throw flowError('REDIS_URL_INVALID', { url: redacted(url), reason })
  }
  const match = FORM.exec(url) ?? refuse('it does not look like redis://HOST:PORT.')
  const [, scheme, form, credentials, hosts = '', path = ''] = match
  const kind = (form ?? 'single') as RedisAddress['kind']
  const nodes = hosts.split(',').map((text) => {
    const [, host = '', port] = /^(\[[^\]]+\]|[^:]*)(?::(\d+))?$/.exec(text) ?? refuse(`"${text}" is not a HOST:PORT.`)
    if (host === '') return refuse('it names no host.')
    return { host: host.replace(/^\[|\]$/g, ''), port: port === undefined ? PORTS[kind] : Number(port) }
  })
  if (kind === 'single' && nodes.length > 1) refuse('several hosts need redis+cluster:// or redis+sentinel://.')
  const [master, database] = kind === 'sentinel' ? path.split('/') : [undefined, path]
  if (kind === 'sentinel' && (master ?? '') === '') refuse('a Sentinel address ends in the name of the master.')
  const db = database === undefined || database === '' ? 0 : Number(database)
  if (!Number.isInteger(db) || db < 0) refuse(`"${database ?? ''}" is not the number of a database.`)
  const [username = '', ...secret] = (credentials ?? '').split(':').map(decodeURIComponent)
  return {
    kind,
    nodes,
    tls: scheme === 'rediss',
    db,
    ...(username === '' ? {} : { username }),
    ...(secret.length === 0 ? {} : { password: secret.join(':') }),
    ...(master === undefined ? {} : { master }),
  }
}

/** The URL for messages and logs: without the password. */
export function redacted(url: string): string {
  return url.replace(/^([a-z+]+:\/\/[^:@/]*):[^@/]*@/, '$1:***@')
}
