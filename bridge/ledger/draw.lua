-- Shows what an earlier version has journalled, unless something newer is shown already. KEYS[1]: prefix; ARGV: subjects and what is newest, as JSON.
local P = KEYS[1]
for _, each in ipairs(cjson.decode(ARGV[1])) do
  local about, of, sequence, id, newest = unpack(each)
  local known = redis.call('HGET', P .. 'picture', about)
  local last = known and cjson.decode(known)
  local later = last and newest and (tonumber(of) > tonumber(last[1]) or (tonumber(of) == tonumber(last[1]) and tonumber(sequence) > tonumber(last[2])))
  if (not last or later) and redis.call('EXISTS', P .. 'm:' .. id) == 1 then
    redis.call('HSET', P .. 'picture', about, cjson.encode({of, sequence, id}))
    redis.call('ZADD', P .. 'shown', redis.call('INCR', P .. 'number'), about)
    redis.call('HSET', P .. 'm:' .. id, 'about', about)
  end
end
