-- SPDX-License-Identifier: Apache-2.0
-- What relays have decided of accounts, for all of them: src/gate/ruling.h says what a ruling is, src/app/ruling_share.h
-- who asks when. Of two about the same thing the newer one stays. Each that is taken has the next number, so who knows
-- the last number it has read reads what is newer. Every read comes before the first write, so what fails has changed
-- nothing.
-- KEYS: a hash of texts by what they are about; the numbers of those; when those that end may be forgotten, in seconds;
-- and the head: since when there is anything here (another one is another beginning), and the last number.

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local head = redis.call('HMGET', KEYS[4], 'begun', 'number')
local begun, number = head[1], tonumber(head[2] or 0)

-- get: ARGV[2] the beginning that is known, ARGV[3] the last number read, ARGV[4] how many at most.
if ARGV[1] == 'get' then
    local after = tonumber(ARGV[3])
    if begun ~= ARGV[2] or after > number then after = 0 end
    local out, last = {now, begun or '', after, after, number}, after
    local found = redis.call('ZRANGEBYSCORE', KEYS[2], string.format('(%.0f', after), '+inf', 'WITHSCORES', 'LIMIT', 0,
                             ARGV[4])
    local about = {}
    for i = 1, #found, 2 do about[#about + 1], last = found[i], tonumber(found[i + 1]) end
    if #about > 0 then
        for _, text in ipairs(redis.call('HMGET', KEYS[1], unpack(about))) do
            if text then out[#out + 1] = text end
        end
    end
    if #about < tonumber(ARGV[4]) then last = number end
    out[4] = last
    return out
end

-- put: ARGV[2] how many there may be, then of each what it is about, when it may be forgotten, and its text.
local function newer(a, b)
    local stamp, relay = string.match(a, '^(%d+) (%S*) ')
    local stamp_b, relay_b = string.match(b, '^(%d+) (%S*) ')
    if not stamp_b then return true end
    stamp, stamp_b = tonumber(stamp), tonumber(stamp_b)
    return stamp > stamp_b or stamp == stamp_b and relay > relay_b
end

local about, over = {}, {}
for i = 3, #ARGV, 3 do about[#about + 1] = ARGV[i] end
local there, most = redis.call('HMGET', KEYS[1], unpack(about)), tonumber(ARGV[2])
local count, left_out = redis.call('ZCARD', KEYS[2]), 0
local old = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', time[1], 'LIMIT', 0, 100)
local taken = {}
for i = 1, #about do
    local text = ARGV[2 + 3 * i]
    local before = taken[about[i]] or there[i]
    if before and not newer(text, before) then
        text = nil
    elseif not before and count >= most then
        text, left_out = nil, left_out + 1
    elseif not before then
        count = count + 1
    end
    if text then taken[about[i]], over[about[i]] = text, ARGV[1 + 3 * i] end
end
for key, text in pairs(taken) do
    number = number + 1
    redis.call('HSET', KEYS[1], key, text)
    redis.call('ZADD', KEYS[2], number, key)
    redis.call('ZREM', KEYS[3], key)
    if over[key] ~= '' then redis.call('ZADD', KEYS[3], over[key], key) end
end
for _, key in ipairs(old) do
    if not taken[key] then
        redis.call('HDEL', KEYS[1], key)
        redis.call('ZREM', KEYS[2], key)
        redis.call('ZREM', KEYS[3], key)
    end
end
if not begun then begun = string.format('%.0f', now) end
redis.call('HSET', KEYS[4], 'begun', begun)
redis.call('HSET', KEYS[4], 'number', string.format('%.0f', number))
return {now, begun, left_out}
