-- SPDX-License-Identifier: Apache-2.0
-- What relays have counted of guesses, for all of them: src/app/guess_share.h says who asks when. Of each network or
-- account there is the time at which its bucket is full again; who adds failures puts it off. Each that was changed has the
-- next number, so who knows the last number it has read reads what is newer. Names are hashes under a key that is kept here:
-- that of who came first. Every read comes before the first write, so what fails has changed nothing.
-- KEYS: a hash of those times (microseconds) by name; the numbers of names; when each may be forgotten, in seconds; and the
-- head: since when there is anything here (another one is another beginning), the last number, and the key.
-- ARGV: the beginning that is known, the last number read, how many at most are told, how many there may be, the key that is
-- known or proposed, then of each name what its failures put off, and by how much it may be at most.

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local head = redis.call('HMGET', KEYS[4], 'begun', 'number', 'key')
local begun, number, key = head[1], tonumber(head[2] or 0), head[3]
local after, most, room = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if begun ~= ARGV[1] or after > number then after = 0 end

local found = redis.call('ZRANGEBYSCORE', KEYS[2], string.format('(%.0f', after), '+inf', 'WITHSCORES', 'LIMIT', 0, most)
local names, last = {}, after
for i = 1, #found, 2 do names[#names + 1], last = found[i], tonumber(found[i + 1]) end
if #names < most then last = number end
local texts = {}
if #names > 0 then
    for i, full in ipairs(redis.call('HMGET', KEYS[1], unpack(names))) do
        if full then texts[#texts + 1] = names[i] .. ' ' .. full end
    end
end

local first, changed = not key, {}
if #ARGV > 5 and (first or key == ARGV[5]) then
    for i = 6, #ARGV, 3 do changed[#changed + 1] = ARGV[i] end
end
local added = 0
if #changed > 0 then
    local there, full = redis.call('HMGET', KEYS[1], unpack(changed)), {}
    for i, name in ipairs(changed) do
        local from = full[name] or tonumber(there[i] or 0)
        if not full[name] and not there[i] then added = added + 1 end
        if from < now then from = now end
        full[name] = math.min(from + tonumber(ARGV[4 + 3 * i]), now + tonumber(ARGV[5 + 3 * i]))
    end
    local over = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', time[1], 'LIMIT', 0, 100)
    local crowd = redis.call('ZCARD', KEYS[3]) - #over + added - room
    if crowd > 0 then -- what would be over first makes room
        over = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', '+inf', 'LIMIT', 0, math.min(#over + crowd, 200))
    end
    for _, name in ipairs(over) do
        if not full[name] then
            redis.call('HDEL', KEYS[1], name)
            redis.call('ZREM', KEYS[2], name)
            redis.call('ZREM', KEYS[3], name)
        end
    end
    for name, at in pairs(full) do
        number = number + 1
        redis.call('HSET', KEYS[1], name, string.format('%.0f', at))
        redis.call('ZADD', KEYS[2], number, name)
        redis.call('ZADD', KEYS[3], math.ceil(at / 1000000), name)
    end
    redis.call('HSET', KEYS[4], 'number', string.format('%.0f', number))
end
if first then
    key = ARGV[5]
    redis.call('HSET', KEYS[4], 'key', key)
end
if not begun then
    begun = string.format('%.0f', now)
    redis.call('HSET', KEYS[4], 'begun', begun)
end
return {now, begun, after, last, key, unpack(texts)}
