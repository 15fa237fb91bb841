import type { Cluster, Redis } from 'ioredis'

/*
 * A job may complete only when what follows from it is attached (I4), and yet its completion is sent without waiting for the answer to
 * the attaching. So the completion is made with another token than the job was locked with, and only this script, which comes between
 * the two, gives the lock that token. Whatever happens to the attaching, to the connection or to the order of commands: a completion
 * that finds the first token is refused by BullMQ, and the job comes again.
 */

/** KEYS: the lock of the job that is to complete, the children that the next job's parent waits for. ARGV: both tokens, the next job. */
const ALLOW = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] or redis.call('SISMEMBER', KEYS[2], ARGV[3]) == 0 then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 1
`

const COMMAND = 'flowctlAllowCompletion'
const MARK = '+'

/** What the lock of a delivery is told by. */
export interface Lock {
  readonly key: string
  readonly token: string
}

/** The token that a job is completed with once what follows is attached; the next job that is fetched then is locked with it. */
export function attachedToken(token: string): string {
  return token.endsWith(MARK) ? token.slice(0, -MARK.length) : token + MARK
}

/** The command, and what it takes, for a pipeline. */
export function allowCompletion({ key, token }: Lock, children: string, next: string): [string, string[]] {
  return [COMMAND, [key, children, token, attachedToken(token), next]]
}

export function defineAllowCommand(redis: Redis | Cluster): void {
  redis.defineCommand(COMMAND, { numberOfKeys: 2, lua: ALLOW })
}
