import type { Cluster, Redis } from 'ioredis'

/*
 * Handing out a wide foreach. Beside its join lie
 * - a hash: `count`, `next` (the first index not handed out), `batches` (`from-to-size` joined by commas), and the measured
 *   `busy` milliseconds of `bodies` bodies;
 * - `taken`, a hash from the key of a job that took to the ranges it got and has not said to be settled: attached, or committed. Empty once
 *   it was told that there is nothing more for it: it is about to complete, so it does not count as outstanding any more. With a `*`
 *   in front it runs these ranges itself, one after the other, and counts as one however many they are.
 * Outstanding are the children that the join waits for, less those whose time has not come.
 */

/** ARGV: count, next, batches, `1` to begin anew. */
const OPEN = `
if ARGV[4] ~= '1' and redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[1], 'count', ARGV[1], 'next', ARGV[2], 'batches', ARGV[3], 'busy', 0, 'bodies', 0)
return 1
`

/*
 * What is queued for everybody counts too: a foreach always has one slice outstanding, and more only as long as the queue of its
 * pool (KEYS 5 and 6) holds no more jobs of its urgency than there are slots. So a short run among long ones waits for few slices.
 *
 * Who took asks again when it has attached that, until there is nothing more for it. Between its attaching and its asking others
 * count twice what it took, and may have been told in vain that there is no room: so it must look for room itself, in the same
 * breath in which it stops to count.
 *
 * One that is still running may take what it will run next by itself (`ahead`), if nobody waits for a slot. Answered with `1` after
 * the range, there is room for others besides: it asks for those while it runs (`more`).
 *
 * ARGV: taker, width, now, busy, bodies, most ranges, slots, score after the last job of its urgency, ranges the taker has settled,
 * `1` for a taker that the join must be waiting for, ranges it runs itself, `ahead` or `more` for a taker that goes on. Answers what to
 * do and, for `took`, the ranges.
 */
const TAKE = `
if redis.call('EXISTS', KEYS[1]) == 0 then return {'gone'} end
if ARGV[10] == '1' and redis.call('SISMEMBER', KEYS[4], ARGV[1]) == 0 then return {'gone'} end
if ARGV[5] ~= '0' then
  redis.call('HINCRBYFLOAT', KEYS[1], 'busy', ARGV[4])
  redis.call('HINCRBYFLOAT', KEYS[1], 'bodies', ARGV[5])
end
local settled, runs = ',' .. ARGV[9] .. ',', ',' .. ARGV[11] .. ','
local kept, forgotten = {}, {}
for range in string.gmatch(redis.call('HGET', KEYS[2], ARGV[1]) or '', '%d+%-%d+') do
  local named = ',' .. range .. ','
  if string.find(runs, named, 1, true) then kept[#kept + 1] = range
  elseif not string.find(settled, named, 1, true) then forgotten[#forgotten + 1] = range end
end
if #forgotten > 0 then
  local left = table.concat(forgotten, ',')
  redis.call('HSET', KEYS[2], ARGV[1], #kept > 0 and table.concat(kept, ',') .. ',' .. left or left)
  return {'took', left}
end
local waiting = redis.call('ZCOUNT', KEYS[5], '-inf', ARGV[8]) + redis.call('LLEN', KEYS[6])
local outstanding = redis.call('SCARD', KEYS[4]) - redis.call('ZCOUNT', KEYS[3], '(' .. ARGV[3], '+inf')
if redis.call('SISMEMBER', KEYS[4], ARGV[1]) == 1 then outstanding = outstanding - 1 end
if ARGV[12] == 'more' then outstanding = outstanding + 1 end
local taken = redis.call('HGETALL', KEYS[2])
for i = 1, #taken, 2 do
  local taker, ranges = taken[i], taken[i + 1]
  if taker ~= ARGV[1] and string.sub(ranges, 1, 1) ~= '*' then
    local waited = redis.call('SISMEMBER', KEYS[4], taker) == 1
    if waited then outstanding = outstanding - 1 end
    if ranges ~= '' then
      local _, commas = string.gsub(ranges, ',', '')
      outstanding = outstanding + commas + 1
    elseif not waited then
      redis.call('HDEL', KEYS[2], taker)
    end
  end
end
local state = redis.call('HMGET', KEYS[1], 'count', 'next', 'batches')
local count, next = tonumber(state[1]), tonumber(state[2])
local room = tonumber(ARGV[2]) - outstanding
local queued = tonumber(ARGV[7]) - waiting
if outstanding == 0 then queued = math.max(queued, 1) end
room = math.min(room, queued)
local isAhead = ARGV[12] == 'ahead'
if isAhead and waiting > 0 then room = 0 end
local most = isAhead and 1 or tonumber(ARGV[6])
local got = {}
for from, to, size in string.gmatch(state[3], '(%d+)-(%d+)-(%d+)') do
  from, to, size = tonumber(from), tonumber(to), tonumber(size)
  while next >= from and next < to and room > 0 and #got < most do
    local stop = math.min(to, next + size)
    got[#got + 1] = next .. '-' .. stop
    next = stop
    room = room - 1
  end
end
for _, range in ipairs(got) do kept[#kept + 1] = range end
local own = table.concat(kept, ',')
if #got > 0 then
  redis.call('HSET', KEYS[1], 'next', next)
  redis.call('HSET', KEYS[2], ARGV[1], (isAhead and '*' or '') .. own)
  return {'took', table.concat(got, ','), isAhead and room > 0 and next < count and '1' or nil}
end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[12] == '' and '' or '*' .. own)
if next >= count then return {'done'} end
if room <= 0 then return {'full'} end
local measured = redis.call('HMGET', KEYS[1], 'busy', 'bodies')
return {'low', state[3], measured[1], measured[2]}
`

/** Appends batch number ARGV[1], if that many are there. */
const EXTEND = `
local batches = redis.call('HGET', KEYS[1], 'batches')
if not batches then return 0 end
local _, there = string.gsub(batches, '%d+-%d+-%d+', '')
if there ~= tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'batches', batches == '' and ARGV[2] or (batches .. ',' .. ARGV[2]))
return 1
`

export type Taken =
  | readonly ['took', string, '1'?]
  | readonly ['low', string, string, string]
  | readonly ['full' | 'done' | 'gone']

export interface ForeachCommands {
  flowctlForeachOpen(
    key: string,
    taken: string,
    count: number,
    next: number,
    batches: string,
    isAnew: '0' | '1',
  ): Promise<0 | 1>
  flowctlForeachTake(...keysAndArguments: (string | number)[]): Promise<Taken>
  flowctlForeachExtend(key: string, n: number, batch: string): Promise<0 | 1>
}

export function defineForeachCommands(redis: Redis | Cluster): void {
  redis.defineCommand('flowctlForeachOpen', { numberOfKeys: 2, lua: OPEN })
  redis.defineCommand('flowctlForeachTake', { numberOfKeys: 6, lua: TAKE })
  redis.defineCommand('flowctlForeachExtend', { numberOfKeys: 1, lua: EXTEND })
}
