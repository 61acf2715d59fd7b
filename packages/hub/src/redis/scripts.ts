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

/** A script with its digest, once that is known. */
export interface Script {
  readonly text: string
  digest: string | undefined
}

const script = (text: string): Script => ({ text, digest: undefined })

const noteFunction = `
-- Tells the tails of all processes that a log begins or is removed: only those that are connected now need it.
local function note()
  redis.call('XADD', KEYS[3], 'MAXLEN', '~', 10000, '*', 'log', KEYS[1])
  redis.call('PEXPIRE', KEYS[3], 600000)
end
`

const shared = `
local log, meta = KEYS[1], KEYS[2]

local function digits(number) return string.format('%.0f', number) end

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

-- The state of the log. It is new if there is none, if its newest record is too old, or if one of its keys was evicted.
local function stateOf(process)
  local info = redis.call('INFO', 'replication')
  if not string.find(info, 'role:master', 1, true) then
    return nil, redis.error_reply('READONLY This server is no master.')
  end
  local replid = string.match(info, 'master_replid:(%w+)')
  local kept = redis.call('HMGET', meta, 'last', 'bytes', 'ended', 'keepMs', 'epochs', 'replid', 'at')
  local state = { replid = replid, isNew = not kept[1] or now - tonumber(kept[7]) >= tonumber(kept[4]), last = tonumber(kept[1] or 0), bytes = tonumber(kept[2] or 0),
    ended = kept[3] == '1', keepMs = tonumber(kept[4] or 0), epochs = kept[5] or '' }
  state.length = redis.call('XLEN', log)
  state.isNew = state.isNew or state.length == 0
  if state.isNew then return state end
  if kept[6] ~= replid then
    state.epochs = state.epochs .. ',' .. process .. string.format('%x', clock[1] * 1000000 + clock[2]) .. ':' .. digits(state.last + 1)
    redis.call('HSET', meta, 'epochs', state.epochs, 'replid', replid)
  end
  return state
end

-- Drops records that are too old or too many. The newest stays, unless it is too old.
local function trim(state, entries, bytes, keepMs, chunk)
  local drop, from, going = 0, '-', true
  while going do
    local found = redis.call('XRANGE', log, from, '+', 'COUNT', chunk)
    going = #found == chunk
    for _, entry in ipairs(found) do
      local at = tonumber(string.match(entry[1], '%d+$'))
      local left = state.length - drop
      if now - at < keepMs and (left == 1 or (left <= entries and state.bytes <= bytes)) then
        going = false
        break
      end
      drop = drop + 1
      state.bytes = state.bytes - #entry[2][2]
      from = '(' .. entry[1]
    end
  end
  if drop == 0 then return end
  state.length = state.length - drop
  redis.call('XTRIM', log, 'MAXLEN', state.length)
  redis.call('HSET', meta, 'bytes', digits(state.bytes))
end

-- Epochs of which nothing is kept are forgotten, but not the last.
local function prune(state)
  local first, kept = state.last - state.length + 1, ''
  local epochs = {}
  for id, from in string.gmatch(state.epochs, '([%w_-]+):(%d+)') do epochs[#epochs + 1] = { id, tonumber(from) } end
  for index, epoch in ipairs(epochs) do
    local following = epochs[index + 1]
    if not following or following[2] > first then
      kept = kept .. (kept == '' and '' or ',') .. epoch[1] .. ':' .. digits(epoch[2])
    end
  end
  if kept ~= state.epochs then
    state.epochs = kept
    redis.call('HSET', meta, 'epochs', kept)
  end
end
`

/**
 * KEYS: log, meta, notes, and the register of `ifHeld`. ARGV: process, entries, bytes and milliseconds to keep, `1` if it ends the
 * log, the value of the register, records.
 *
 * Replies with the epoch and the first sequence number, or `ended`, or `not held`.
 */
export const appendScript: Script = script(`${noteFunction}${shared}
if KEYS[4] and redis.call('GET', KEYS[4]) ~= ARGV[6] then return { 'not held' } end
local state, refusal = stateOf(ARGV[1])
if not state then return refusal end
if state.isNew then
  redis.call('DEL', log, meta)
  state.last, state.bytes, state.length, state.ended = 0, 0, 0, false
  state.epochs = ARGV[1] .. string.format('%x', clock[1] * 1000000 + clock[2]) .. ':1'
  redis.call('HSET', meta, 'epochs', state.epochs, 'replid', state.replid)
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
export const readScript: Script = script(`${shared}
local state, refusal = stateOf(ARGV[1])
if not state then return refusal end
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
