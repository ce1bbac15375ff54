-- The oldest tickets of a queue that are due, if this process holds the queue or can have it. KEYS[1]: prefix; ARGV: process, now, lease, queue, limit,
-- and how far ahead a time may lie before it is the clock that was set back.
local P, process, now, lease, queue, limit, ahead = KEYS[1], ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])
local holder = redis.call('GET', P .. 'lease:' .. queue)
if holder and holder ~= process then return {} end
redis.call('SET', P .. 'lease:' .. queue, process, 'PX', lease)
redis.call('SREM', P .. 'stirred', queue)
local found, held, first = {}, {}, 0
while #found < limit do
  local ids = redis.call('ZRANGE', P .. 'q:' .. queue, first, first + limit - 1)
  for _, id in ipairs(ids) do
    local key = P .. 'm:' .. id
    local row = cjson.decode(redis.call('HGET', key, queue))
    if row[7] > now and row[7] <= now + ahead then held[row[8]] = true end
    if not held[row[8]] and #found < limit then
      found[#found + 1] = {row[1], row[2], row[6], id, unpack(redis.call('HMGET', key, 'head', 'envelope'))}
    end
  end
  if #ids < limit then break end
  first = first + limit
end
return found
