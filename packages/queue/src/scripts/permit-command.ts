import type { Cluster, Redis } from 'ioredis'

/** ARGV: holder, most holders, now, until. */
const ACQUIRE = `
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[3])
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[4], ARGV[1])
redis.call('PEXPIREAT', KEYS[1], ARGV[4])
return 1
`

export interface PermitCommand {
  flowctlPermit(key: string, holder: string, limit: number, now: number, until: number): Promise<0 | 1>
}

export function definePermitCommand(redis: Redis | Cluster): void {
  redis.defineCommand('flowctlPermit', { numberOfKeys: 1, lua: ACQUIRE })
}
