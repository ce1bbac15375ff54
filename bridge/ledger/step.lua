-- One step of the ledger: jobs that gathered, in their order, together or not at all (Redis runs a script alone).
-- KEYS[1] is the prefix of every key, with the hash tag; ARGV: process, now, memory and lease in ms, jobs as JSON, then the bytes they name by place.
-- What is kept: m:<id> (hash: head, envelope, open, one field for each queue), j:<stream>:<epoch> (sequence → id), q:<queue> (number → id),
-- unheard (number → id), ended (time → id), t:<key>, s:<words>, n:<newest>, c:<queue> (coalesced), r:<queue> (receipts), sums, streams, places
-- (other hubs' streams → hub), picture (subject → epoch, sequence, id), shown (number → subject), asides, ends (of asides), notes.
local P, process, now, memory, lease = KEYS[1], ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local BYTES = 5
local PIECE = 1000
local call, encode, decode = redis.call, cjson.encode, cjson.decode
local epoch = call('GET', P .. 'epoch')
local number = tonumber(call('GET', P .. 'number') or 0)
local turns = {}

if not epoch then
  epoch = ARGV[2]
  call('SET', P .. 'epoch', epoch)
end

-- What is written once, at the end of the step, however many jobs touch it.
local sums, open, streams, places, born, scores, shown = {}, {}, {}, {}, {}, {}, {}

local function get(id, field)
  if born[id] then return born[id][field] end
  return call('HGET', P .. 'm:' .. id, field)
end

local function has(id, field)
  if born[id] then return born[id][field] ~= nil end
  return call('HEXISTS', P .. 'm:' .. id, field) == 1
end

local function put(id, field, value)
  if born[id] then born[id][field] = value else call('HSET', P .. 'm:' .. id, field, value) end
end

local function add(set, score, id)
  scores[set] = scores[set] or {}
  scores[set][id] = score
end

local function remove(set, id)
  if scores[set] and scores[set][id] then
    scores[set][id] = nil
    return 1
  end
  return call('ZREM', P .. set, id)
end

local function count(recipient, stream, stage, by)
  local field = recipient .. '|' .. stream .. '|' .. stage
  sums[field] = (sums[field] or 0) + by
end

local function set_aside(link, recipient, id, verdict, place)
  number = number + 1
  call('XADD', P .. 'asides', number .. '-0', 'at', now, 'link', link, 'recipient', recipient, 'id', id, 'verdict', verdict, 'data', ARGV[BYTES + place])
end

-- Whether this process may work on what comes into a queue now: the queue is its own, and holds nothing that it was not handed.
-- If not, whose turn it is will be told.
local function mine(queue)
  if turns[queue] == nil then
    local key = P .. 'lease:' .. queue
    local holder = call('GET', key)
    if not holder and call('EXISTS', P .. 'q:' .. queue) == 0 then holder = process end
    if holder == process then call('SET', key, process, 'PX', lease) end
    turns[queue] = holder == process and call('SISMEMBER', P .. 'stirred', queue) == 0
    if not turns[queue] then call('SADD', P .. 'stirred', queue) end
  end
  return turns[queue]
end

-- Whether a place of an origin is later than another.
local function later(of, sequence, last_of, last_sequence)
  local this_epoch, last_epoch = tonumber(of), tonumber(last_of)
  return this_epoch > last_epoch or (this_epoch == last_epoch and tonumber(sequence) > tonumber(last_sequence))
end

-- For the picture, unless it is a receipt, or this step has a newer one of the same subject.
local function show(id, about, newest, of, sequence)
  local last = shown[about]
  if last and newest and not later(of, sequence, last[1], last[2]) then return end
  if string.match(about, '^[^|]*|[^|]*|receipt|') then return end
  number = number + 1
  shown[about] = {of, sequence, id, newest, number}
  born[id].about = about
end

local function journal(id, topic, hub, stream, of, sequence, hops, signature, place, heard)
  born[id] = {head = encode({topic, hub, stream, of, sequence, hops, signature, now}), envelope = ARGV[BYTES + place]}
  open[id] = heard and 0 or 1
  add('j:' .. stream .. ':' .. of, sequence, id)
  if not heard then add('unheard', number, id) end
end

-- A row of the sum; its number, or nothing if it is there already.
local function owe(id, queue, recipient, stage, reason, stream, subject, field)
  if has(id, queue) then return end
  local due = stage == 'waiting' and mine(queue)
  number = number + 1
  put(id, queue, encode({number, recipient, stage, now, reason, 0, 0, subject, field}))
  count(recipient, stream, 'owed', 1)
  count(recipient, stream, stage, 1)
  if stage == 'waiting' then
    add('q:' .. queue, number, id)
    open[id] = (open[id] or 0) + 1
  end
  return number, due
end

-- Moves what waits to its end, once.
local function finish(id, queue, stream, stage, reason)
  local found = get(id, queue)
  local row = found and decode(found)
  if not row or row[3] ~= 'waiting' then return false end
  row[3], row[4], row[5] = stage, now, reason
  put(id, queue, encode(row))
  remove('q:' .. queue, id)
  if row[9] and call('HGET', P .. 'c:' .. queue, row[9]) == id then call('HDEL', P .. 'c:' .. queue, row[9]) end
  count(row[2], stream, 'waiting', -1)
  count(row[2], stream, stage, 1)
  open[id] = (open[id] or 0) - 1
  return true
end

local function older(revision, updated, last_revision, last_updated)
  if revision and last_revision then return revision < last_revision end
  return updated and last_updated and updated < last_updated
end

-- New, said before, or older than what was said. Answers id, state, ticket number and sequence; no number if the ticket is not for us now.
local function say(sealed)
  local topic, hub, stream, id, words, about, subject, digest, revision, updated, newest, queue, place = unpack(sealed)
  local key = P .. 's:' .. words
  local known = call('GET', key)
  local last = known and decode(known)
  local same = last and last[1] == digest
  if same or (last and has(id, 'head')) then
    if same then call('PEXPIRE', key, memory) end
    count('bus', stream, 'repeated', 1)
    return {same and last[2] or id, 'repeated'}
  end
  if last and newest and older(revision, updated, last[3], last[4]) then
    journal(id, topic, hub, stream, epoch, '0', '', '', place, true)
    owe(id, 'bus/late', 'bus', 'superseded', 'a newer one was said before it', stream, subject, false)
    return {id, 'superseded'}
  end
  call('SET', key, encode({digest, id, revision, updated}), 'PX', memory)
  local place_of = stream .. '|' .. epoch
  local sequence = (streams[place_of] or tonumber(call('HGET', P .. 'streams', place_of) or 0)) + 1
  streams[place_of] = sequence
  journal(id, topic, hub, stream, epoch, tostring(sequence), '', '', place, false)
  show(id, about, newest, epoch, sequence)
  local ticket, due = owe(id, queue, 'bus', 'waiting', '', stream, subject, false)
  return {id, 'accepted', due and ticket or 0, sequence}
end

local jobs = {}

function jobs.taking(key, link, agency, fresh, said, refused, note)
  local known = not fresh and call('GET', P .. 't:' .. key)
  if known then return {true, decode(known)} end
  local found, states = {}, {}
  for place, sealed in ipairs(said) do
    found[place] = say(sealed)
    states[place] = {found[place][1], found[place][2]}
  end
  for _, each in ipairs(refused) do
    set_aside(link, 'none', '', each[1], each[2])
    count('none', agency, 'owed', 1)
    count('none', agency, 'refused', 1)
  end
  call('SET', P .. 't:' .. key, encode(states), 'PX', memory)
  if note then call('HSET', P .. 'notes', note[1], ARGV[BYTES + note[2]]) end
  return {false, found}
end

-- Whether the queue has had a newer one of the same subject; by the origin's place only.
local function late(queue, words, of, sequence)
  local key = P .. 'n:' .. queue .. '|' .. words
  local known = call('GET', key)
  if known then
    local last = decode(known)
    if later(last[1], last[2], of, sequence) then return true end
  end
  call('SET', key, encode({of, sequence}), 'PX', memory)
  return false
end

-- What another hub, or a side ledger, has given its place.
local function enter(id, topic, hub, stream, of, sequence, hops, signature, place, heard, about, newest)
  journal(id, topic, hub, stream, of, sequence, hops, signature, place, heard)
  places[stream .. '|' .. of] = hub
  if sequence ~= '0' then show(id, about, newest, of, sequence) end
end

function jobs.relayed(topic, hub, stream, of, sequence, hops, signature, id, words, subject, newest, place, queue)
  if has(id, 'head') then
    count('bus', stream, 'repeated', 1)
    return {'repeated', false}
  end
  enter(id, topic, hub, stream, of, sequence, hops, signature, place, false, words, newest)
  local ticket, due = owe(id, queue, 'bus', 'waiting', '', stream, subject, false)
  return {'accepted', due and ticket}
end

function jobs.heard(topic, hub, stream, of, sequence, hops, signature, id, words, subject, newest, place, coalesced, owed)
  local back = true -- what a side ledger hands over may still have to come back from the bus
  for _, each in ipairs(owed) do back = back and not (each[2] == 'bus' and each[3] == 'waiting') end
  if not has(id, 'head') then
    enter(id, topic, hub, stream, of, sequence, hops, signature, place, back, words, newest)
  elseif not has(id, 'envelope') then
    put(id, 'envelope', ARGV[BYTES + place])
  elseif back and remove('unheard', id) == 1 then
    open[id] = (open[id] or 0) - 1
  end
  local fresh, found, field = false, {}, coalesced and stream .. '|' .. subject
  for index, each in ipairs(owed) do
    local queue, recipient, stage, reason, receipt = unpack(each)
    local judged = newest and (stage == 'waiting' or stage == 'delivered') and not has(id, queue)
    if judged and late(queue, words, of, sequence) and stage == 'waiting' then
      stage, reason = 'superseded', 'a newer one came before it'
    end
    local ticket, due = owe(id, queue, recipient, stage, reason, stream, subject, field)
    if ticket and stage == 'waiting' then
      fresh = true
      if due then found[#found + 1] = {index, ticket} end
      if coalesced then
        local before = call('HGET', P .. 'c:' .. queue, field)
        if before then finish(before, queue, stream, 'superseded', 'a newer state waits') end
        call('HSET', P .. 'c:' .. queue, field, id)
      end
      if string.sub(queue, 1, 9) == 'receipts/' then call('ZADD', P .. 'r:' .. queue, 0, subject .. '|' .. id) end
    elseif ticket and stage ~= 'superseded' and receipt then
      local told = say(receipt)
      fresh = fresh or told[2] == 'accepted'
      if told[3] and told[3] ~= 0 then found[#found + 1] = {index, told[3], told[4]} end
    end
  end
  return {fresh, found}
end

function jobs.settle(id, queue, stream, stage, reason, aside, receipt)
  if not finish(id, queue, stream, stage, reason) then return false end
  if aside then set_aside(queue, aside[1], id, aside[2], aside[3]) end
  return receipt and say(receipt)
end

function jobs.defer(id, queue, due, attempts)
  local found = get(id, queue)
  if not found then return false end
  local row = decode(found)
  row[6], row[7] = row[6] + attempts, due
  put(id, queue, encode(row))
  return true
end

-- What lies on the shelf under a number, by the names of its fields, and how it was dealt with; nothing if there is none.
local function shelved(which)
  local found = call('XRANGE', P .. 'asides', which .. '-0', which .. '-0')[1]
  if not found then return end
  local fields, ended = {}, call('HGET', P .. 'ends', which)
  for place = 1, #found[2], 2 do fields[found[2][place]] = found[2][place + 1] end
  return fields, ended and decode(ended)
end

local function close(which, dead, how, reason, step)
  local ended = {now, how, reason}
  call('HSET', P .. 'ends', which, encode(ended))
  if dead.id ~= '' and has(dead.id, 'head') then
    local past = decode(get(dead.id, 'past') or '[]')
    if step then past[#past + 1] = step end
    past[#past + 1] = {now, dead.recipient, how, reason}
    put(dead.id, 'past', encode(past))
  end
  return ended
end

-- One delivery, to its place in its queue; or to its end, if the queue has had a newer one of the same subject. Whoever holds the queue is told.
local function put_back(which, dead, ended, words)
  local id, queue = dead.id, dead.link
  local found = get(id, queue)
  if not found then return false end
  local row, head = decode(found), decode(get(id, 'head'))
  if ended or row[3] ~= 'set aside' then return {row[3], false, false} end
  local step, stage, reason = {row[4], row[2], row[3], row[5]}, 'waiting', ''
  if words and late(queue, words, head[4], head[5]) then stage, reason = 'superseded', 'a newer one came before it was given again' end
  row[3], row[4], row[5], row[6], row[7] = stage, now, reason, 0, 0
  put(id, queue, encode(row))
  count(row[2], head[3], 'set aside', -1)
  count(row[2], head[3], stage, 1)
  if stage == 'waiting' then
    if not has(id, 'envelope') then put(id, 'envelope', dead.data) end
    if row[9] then call('HSET', P .. 'c:' .. queue, row[9], id) end
    add('q:' .. queue, row[1], id)
    open[id] = (open[id] or 0) + 1
    call('SADD', P .. 'stirred', queue)
    turns[queue] = false
  end
  close(which, dead, 'retried', '', step)
  return {stage, true, false}
end

function jobs.retry(which, words, again)
  local dead, ended = shelved(which)
  if not dead then return false end
  if ended and ended[2] == 'dropped' then return {'dropped', false, false} end
  if dead.id ~= '' then return put_back(which, dead, ended, words) end
  local outcome = again and not ended and jobs.taking(unpack(again))
  local moved = outcome and not outcome[1]
  if moved then close(which, dead, 'retried', '') end
  return {'refused', moved, outcome}
end

function jobs.drop(which, reason)
  local dead, ended = shelved(which)
  return dead and (ended or close(which, dead, 'dropped', reason)) or false
end

-- Takes over what another ledger remembers, once: a new epoch begins, so that what is said from now on is newer than what was said there.
function jobs.adopt(past, taken, said, counts, asides, notes)
  if not call('SET', P .. 'adopted:' .. past, now, 'NX', 'PX', memory) then return false end
  epoch = string.format('%.0f', math.max(now, past + 1, epoch + 1)) -- whatever the clock says
  call('SET', P .. 'epoch', epoch)
  for _, each in ipairs(taken) do call('SET', P .. 't:' .. each[1], each[2], 'PX', memory) end
  for _, each in ipairs(said) do call('SET', P .. 's:' .. each[1], encode(each[2]), 'PX', memory) end
  for _, each in ipairs(counts) do count(unpack(each)) end
  for _, each in ipairs(asides) do set_aside(unpack(each)) end
  for _, each in ipairs(notes) do call('HSET', P .. 'notes', each[1], ARGV[BYTES + each[2]]) end
  return true
end

function jobs.renew(after)
  epoch = string.format('%.0f', math.max(now, after + 1, epoch + 1))
  call('SET', P .. 'epoch', epoch)
  return true
end

-- What this step shows against what was shown before it.
local function settle_picture()
  local asked, values = {}, {}
  local function compare()
    local known = #asked > 0 and call('HMGET', P .. 'picture', unpack(asked)) or {}
    for place, about in ipairs(asked) do
      local last, this = known[place] and decode(known[place]), shown[about]
      if last and not later(this[1], this[2], last[1], last[2]) then shown[about] = nil end
    end
    asked = {}
  end
  for about, each in pairs(shown) do
    if each[4] then asked[#asked + 1] = about end
    if #asked == PIECE then compare() end
  end
  compare()
  for about, each in pairs(shown) do
    add('shown', each[5], about)
    values[#values + 1] = about
    values[#values + 1] = encode({each[1], each[2], each[3]})
    if #values == 2 * PIECE then
      call('HSET', P .. 'picture', unpack(values))
      values = {}
    end
  end
  if #values > 0 then call('HSET', P .. 'picture', unpack(values)) end
end

local results = {}
for place, job in ipairs(decode(ARGV[BYTES])) do
  results[place] = jobs[job[1]](unpack(job, 2))
end

call('SET', P .. 'number', number)
for field, by in pairs(sums) do call('HINCRBY', P .. 'sums', field, by) end
for field, last in pairs(streams) do call('HSET', P .. 'streams', field, last) end
for place, hub in pairs(places) do call('HSET', P .. 'places', place, hub) end
settle_picture()
for id, fields in pairs(born) do
  local values = {'open', open[id]}
  for field, value in pairs(fields) do
    values[#values + 1] = field
    values[#values + 1] = value
  end
  call('HSET', P .. 'm:' .. id, unpack(values))
  if open[id] == 0 then add('ended', now, id) end
end
for id, by in pairs(open) do
  local left = not born[id] and by ~= 0 and call('HINCRBY', P .. 'm:' .. id, 'open', by)
  if left == 0 then
    add('ended', now, id)
  elseif left and left == by then
    remove('ended', id)
    remove('hollow', id)
  end
end
for set, members in pairs(scores) do
  local values = {}
  for id, score in pairs(members) do
    values[#values + 1] = score
    values[#values + 1] = id
    if #values == 2 * PIECE then
      call('ZADD', P .. set, unpack(values))
      values = {}
    end
  end
  if #values > 0 then call('ZADD', P .. set, unpack(values)) end
end
return encode({epoch, results})
