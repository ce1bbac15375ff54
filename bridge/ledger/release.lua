-- Lets go of this process's queues. KEYS[1]: prefix; ARGV: process, then the queues.
for place = 2, #ARGV do
  local key = KEYS[1] .. 'lease:' .. ARGV[place]
  if redis.call('GET', key) == ARGV[1] then redis.call('DEL', key) end
end
