-- Keeps this process's hold on its queues and takes those that nobody holds. KEYS[1]: prefix; ARGV: process, lease, then the queues it works on.
-- Answers for each: 0 another's, 1 ours, 2 ours and with something to fetch.
local P, process, lease = KEYS[1], ARGV[1], ARGV[2]
local found = {}
for place = 3, #ARGV do
  local queue = ARGV[place]
  local key = P .. 'lease:' .. queue
  local holder = redis.call('GET', key)
  local taken = not holder and redis.call('EXISTS', P .. 'q:' .. queue) == 1
  if not holder or holder == process then
    redis.call('SET', key, process, 'PX', lease)
    found[#found + 1] = (taken or redis.call('SISMEMBER', P .. 'stirred', queue) == 1) and 2 or 1
    if taken then redis.call('SADD', P .. 'stirred', queue) end
  else
    found[#found + 1] = 0
  end
end
return found
