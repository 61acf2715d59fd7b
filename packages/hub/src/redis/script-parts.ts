// Parts of the scripts.

/** Tells the tails of all processes that a log begins or is removed. `KEYS[3]` is the stream of notes. */
export const noteFunction = `
-- The field is named after the id of the note before it, so a tail sees whether notes are missing.
local function note()
  local before = redis.call('XREVRANGE', KEYS[3], '+', '-', 'COUNT', 1)[1]
  redis.call('XADD', KEYS[3], 'MAXLEN', '~', 10000, '*', before and before[1] or '0-0', KEYS[1])
  redis.call('PEXPIRE', KEYS[3], 600000)
end
`

/** Reads and trims the log with the keys `log` and `meta`. Only a master does so. */
export const logFunctions = `
local log, meta = KEYS[1], KEYS[2]

local function digits(number) return string.format('%.0f', number) end

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local info = redis.call('INFO', 'replication')
if not string.find(info, 'role:master', 1, true) then
  return redis.error_reply('READONLY This server is no master.')
end
local replid = string.match(info, 'master_replid:(%w+)')

-- The state of the log. It is new if there is none, if its newest record is too old, if one of its keys was evicted, or if another
-- program has written to the stream. What is left of it is deleted then: a tail that waits for its first record must not get that.
local function stateOf(process)
  local kept = redis.call('HMGET', meta, 'last', 'bytes', 'ended', 'keepMs', 'epochs', 'replid', 'at')
  local state = { last = tonumber(kept[1] or 0), bytes = tonumber(kept[2] or 0), ended = kept[3] == '1',
    keepMs = tonumber(kept[4] or 0), epochs = kept[5] or '', length = redis.call('XLEN', log) }
  state.isNew = not kept[1] or now - tonumber(kept[7]) >= state.keepMs or state.length == 0 or state.length > state.last
    or #redis.call('XRANGE', log, '(' .. kept[1] .. '-' .. kept[7], '+', 'COUNT', 1) > 0
  if state.isNew then
    redis.call('DEL', log, meta)
  elseif kept[6] ~= replid then
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
