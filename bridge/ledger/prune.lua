-- Forgets what has ended: by time whole, by size only its bytes, the oldest first. KEYS[1]: prefix; ARGV: before in ms or 'size', limit.
local P, before, limit = KEYS[1], ARGV[1], tonumber(ARGV[2])

-- The place in the stream goes with the bytes: what cannot be replayed must not look as if it could.
local function unlink(id)
  local found = redis.call('HGET', P .. 'm:' .. id, 'head')
  if not found then return end
  local head, about = cjson.decode(found), redis.call('HGET', P .. 'm:' .. id, 'about')
  local journal = P .. 'j:' .. head[3] .. ':' .. head[4]
  redis.call('ZREM', journal, id)
  if redis.call('EXISTS', journal) == 0 then redis.call('HDEL', P .. 'places', head[3] .. '|' .. head[4]) end
  local shown = about and redis.call('HGET', P .. 'picture', about)
  if shown and cjson.decode(shown)[3] == id then
    redis.call('HDEL', P .. 'picture', about)
    redis.call('ZREM', P .. 'shown', about)
  end
end

if before == 'size' then
  local ids = redis.call('ZRANGE', P .. 'ended', 0, limit - 1, 'WITHSCORES')
  for place = 1, #ids, 2 do
    unlink(ids[place])
    redis.call('HDEL', P .. 'm:' .. ids[place], 'envelope')
    redis.call('ZREM', P .. 'ended', ids[place])
    redis.call('ZADD', P .. 'hollow', ids[place + 1], ids[place])
  end
  return #ids / 2
end

-- One by one: an entry may be large.
local shelved = 0
while shelved < limit do
  local oldest = redis.call('XRANGE', P .. 'asides', '-', '+', 'COUNT', 1)[1]
  if not oldest or tonumber(oldest[2][2]) >= tonumber(before) then break end
  redis.call('XDEL', P .. 'asides', oldest[1])
  redis.call('HDEL', P .. 'ends', string.match(oldest[1], '^%d+'))
  shelved = shelved + 1
end

local many = 0
for _, set in ipairs({'ended', 'hollow'}) do
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', P .. set, '-inf', '(' .. before, 'LIMIT', 0, limit - many)) do
    unlink(id)
    for _, queue in ipairs(redis.call('HKEYS', P .. 'm:' .. id)) do
      if string.sub(queue, 1, 9) == 'receipts/' then
        redis.call('ZREM', P .. 'r:' .. queue, cjson.decode(redis.call('HGET', P .. 'm:' .. id, queue))[8] .. '|' .. id)
      end
    end
    redis.call('DEL', P .. 'm:' .. id)
    redis.call('ZREM', P .. set, id)
    many = many + 1
  end
end
return math.max(many, shelved)
