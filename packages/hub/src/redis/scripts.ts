// What happens inside Redis. Each script is atomic.
//
// The records of a log are entries of a stream. The id of an entry is `SEQ-MS`: its sequence number, and when it was appended. Its
// one field is named after the epoch, so it is compressed as the same name is in the entry before. A second field marks the end.
//
// The hash beside it holds `last`, `bytes`, `ended`, `epochs` (`ID:FROM`, separated by commas), `replid`, and of the newest append `at`
// and `keepMs`.
//
// `replid` is the replication id of the server that wrote last. A server gets a new one when it becomes the master, and when it
// starts. Both may have lost the last writes. So if it is another one, the script opens an epoch before anything else.

import { logFunctions, noteFunction } from './script-parts.ts'

/** A script with its digest, once that is known. */
export interface Script {
  readonly text: string
  digest: string | undefined
}

const script = (text: string): Script => ({ text, digest: undefined })

/**
 * KEYS: log, meta, notes, and the register of `ifHeld`. ARGV: process, entries, bytes and milliseconds to keep, `1` if it ends the
 * log, the value of the register, records.
 *
 * Replies with the epoch and the first sequence number, or `ended`, or `not held`.
 */
export const appendScript: Script = script(`${noteFunction}${logFunctions}
if KEYS[4] and redis.call('GET', KEYS[4]) ~= ARGV[6] then return { 'not held' } end
local state = stateOf(ARGV[1])
if state.isNew then
  state.last, state.bytes, state.length, state.ended = 0, 0, 0, false
  state.epochs = ARGV[1] .. string.format('%x', clock[1] * 1000000 + clock[2]) .. ':1'
  redis.call('HSET', meta, 'epochs', state.epochs, 'replid', replid)
  note()
end
if state.ended then return { 'ended' } end
local first, keepMs = state.last + 1, tonumber(ARGV[4])
local epoch = string.match(state.epochs, '([%w_-]+):%d+$')
for index = 7, #ARGV do
  state.last = state.last + 1
  local id = digits(state.last) .. '-' .. digits(now)
  if ARGV[5] == '1' and index == #ARGV then
    redis.call('XADD', log, id, epoch, ARGV[index], 'end', '')
  else
    redis.call('XADD', log, id, epoch, ARGV[index])
  end
  state.bytes = state.bytes + #ARGV[index]
end
state.length = state.length + #ARGV - 6
redis.call('HSET', meta, 'last', digits(state.last), 'bytes', digits(state.bytes), 'ended', ARGV[5], 'keepMs', ARGV[4],
  'at', digits(now))
trim(state, tonumber(ARGV[2]), tonumber(ARGV[3]), keepMs, #ARGV - 5)
if string.find(state.epochs, ',', 1, true) then prune(state) end
redis.call('PEXPIRE', log, keepMs)
redis.call('PEXPIRE', meta, keepMs)
return { 'appended', epoch, first }
`)

/**
 * KEYS: log, meta. ARGV: process, sequence number, entries, bytes.
 *
 * Replies with epochs, first, last and ended of the state, then for each record its sequence number and its bytes.
 */
export const readScript: Script = script(`${logFunctions}
local state = stateOf(ARGV[1])
if state.isNew then return { '', 1, 0, 0 } end
trim(state, math.huge, math.huge, state.keepMs, 16)
local after, entries, bytes = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local reply = { state.epochs, state.last - state.length + 1, state.last, state.ended and 1 or 0 }
if after >= state.last then return reply end
local size = math.max(1, state.bytes / state.length)
local chunk = math.max(1, math.min(entries, math.ceil(bytes / size)))
local seq, sum, from = 0, 0, digits(after + 1) .. '-0'
while entries > 0 do
  local found = redis.call('XRANGE', log, from, '+', 'COUNT', math.min(chunk, entries))
  for _, entry in ipairs(found) do
    sum = sum + #entry[2][2]
    if #reply > 4 and sum > bytes then return reply end
    seq = tonumber(string.match(entry[1], '^%d+'))
    reply[#reply + 1] = seq
    reply[#reply + 1] = entry[2][2]
  end
  if #found < chunk then return reply end
  entries = entries - #found
  from = digits(seq + 1) .. '-0'
end
return reply
`)

/**
 * KEYS: notes, then log and meta of each topic. ARGV: process, the id of the note that was read last.
 *
 * Replies with the id of the newest note if that note is gone, or else with an empty text; then for each topic with its newest epoch,
 * which is empty if there is no log, and its newest sequence number.
 */
export const lookScript: Script = script(`${logFunctions}
local reply = { '' }
if ARGV[2] ~= '0-0' then
  local found = redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[2])
  if #found == 0 then
    local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
    reply[1] = newest and newest[1] or '0-0'
  end
end
for index = 2, #KEYS, 2 do
  log, meta = KEYS[index], KEYS[index + 1]
  local state = stateOf(ARGV[1])
  reply[#reply + 1] = state.isNew and '' or string.match(state.epochs, '([%w_-]+):%d+$')
  reply[#reply + 1] = state.isNew and 0 or state.last
end
return reply
`)

/** KEYS: log, meta, notes. */
export const removeScript: Script = script(`${noteFunction}
if redis.call('DEL', KEYS[1], KEYS[2]) > 0 then note() end
return 1
`)

/** KEYS: register. ARGV: `1` and the expected value, or `0` and nothing; the same of the next value; milliseconds to live. */
export const swapScript: Script = script(`
local before = redis.call('GET', KEYS[1])
if (ARGV[1] == '1') ~= (before ~= false) or (before and before ~= ARGV[2]) then return before end
if ARGV[3] == '1' then redis.call('SET', KEYS[1], ARGV[4], 'PX', ARGV[5])
elseif before then redis.call('DEL', KEYS[1]) end
return before
`)
