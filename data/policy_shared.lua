-- SPDX-License-Identifier: Apache-2.0
-- Counts messages for all relays: src/gate/shared_call.h says what is sent and what comes back, src/gate/meter.h what
-- a window and a bucket are; this file is that meter once more. Redis runs it as a whole or not at all, and every read
-- comes before the first write, so what fails (a key of another type, full memory) has counted nothing. The time is
-- Redis' own: relays' clocks differ.

local PARTS, MOST, CLOSED = 11, 4294967295, 4503599627370496
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local op = ARGV[1]

-- live: KEYS[1] the relays, ARGV[2] this one, ARGV[3] how long it is believed alive, in microseconds.
if op == 'live' then
    redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[2])
    redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
    redis.call('PEXPIRE', KEYS[1], math.ceil(ARGV[3] / 1000) * 10)
    return {redis.call('ZCARD', KEYS[1])}
end

-- forget: KEYS[1] has meters, ARGV[3] and all behind it are the fields that go.
if op == 'forget' then return {redis.call('HDEL', KEYS[1], unpack(ARGV, 3))} end

-- ARGV: operation, age in microseconds, how long the message is remembered in milliseconds, whether it has a name
-- (KEYS[1]); recipients, messages, KiB and new recipients of it; for each further key how many rules it has and when
-- it expires; then the rules: field, unit, kind (window or bucket, a capital refuses), limit, burst, span.
local at = now - ARGV[2]
local total = {tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])}
local before, first = {0, 0, 0, 0}, at
if ARGV[4] == '1' then
    local record = redis.call('GET', KEYS[1])
    if record and #record == 40 then
        before[1], before[2], before[3], before[4], first = struct.unpack('<I8I8I8I8I8', record)
    end
end
local units = {}
for i = 1, 4 do
    if op == 'back' then
        units[i] = before[i] < CLOSED and before[i] or 0
    else
        units[i] = math.max(0, total[i] - before[i])
    end
end

-- Windows: {newest part, units in it, in the one before, ...}.
local function window_read(text, part)
    if text and #text == 52 then
        local window = {struct.unpack('<I8I4I4I4I4I4I4I4I4I4I4I4', text)}
        local ahead = part - window[1]
        if ahead > -PARTS then return window, math.max(0, ahead) end
    end
    return {part, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 0
end

-- Nearly always when a message is charged: nothing is there yet, or only the part that runs changes. What is used, in
-- that part, and the parts before it as they stand; nil: read it as a whole.
local function window_now(text, part)
    if not text then return 0, 0, string.rep('\0', 4 * (PARTS - 1)) end
    if #text ~= 52 then return nil end
    local newest, a, b, c, d, e, f, g, h, i, j, k = struct.unpack('<I8I4I4I4I4I4I4I4I4I4I4I4', text)
    if newest ~= part then return nil end
    return a + b + c + d + e + f + g + h + i + j + k, a, string.sub(text, 13)
end

local function window_used(window, ahead)
    local used = 0
    for i = 2, PARTS + 1 - ahead do used = used + window[i] end
    return used
end

local function window_turn(window, ahead)
    if ahead > 0 then
        for i = PARTS + 1, 2, -1 do window[i] = i - ahead >= 2 and window[i - ahead] or 0 end
        window[1] = window[1] + ahead
    end
end

local function window_change(window, part, count)
    local back = window[1] - part
    if back < 0 then back = 0 end
    if back < PARTS then
        window[back + 2] = math.min(MOST, math.max(0, window[back + 2] + count))
    end
    return struct.pack('<I8I4I4I4I4I4I4I4I4I4I4I4', unpack(window, 1, PARTS + 1))
end

-- Buckets: when they are full again.
local function bucket_missing(full, whole)
    local missing = full - now
    if missing <= 0 or missing / 2 > whole then return 0 end
    return math.min(missing, whole)
end

local function bucket_read(text)
    return text and #text == 8 and struct.unpack('<I8', text) or 0
end

local looks, counts = op == 'look', op == 'charge' or op == 'add'
local passes, over, writes, arg = true, {}, {}, 7 + 2 * #KEYS
local number = 0
for key = 2, #KEYS do
    local rules, expires = tonumber(ARGV[5 + 2 * key]), ARGV[6 + 2 * key]
    local fields = {}
    for i = 1, rules do fields[i] = ARGV[arg + (i - 1) * 6] end
    local values = redis.call('HMGET', KEYS[key], unpack(fields))
    local write = {'HSET', KEYS[key]}
    local turned = false
    for i = 1, rules do
        local unit, kind = tonumber(ARGV[arg + 1]), ARGV[arg + 2]
        local limit, burst, span = tonumber(ARGV[arg + 3]), tonumber(ARGV[arg + 4]), tonumber(ARGV[arg + 5])
        local refuses, wanted, text = kind == 'W' or kind == 'B', units[unit], values[i]
        if wanted > 0 and (kind == 'W' or kind == 'w') then -- span: of a part
            local part = math.floor(now / span)
            local used, newest, rest, window, ahead
            if op == 'charge' then used, newest, rest = window_now(text, part) end
            if not used then
                window, ahead = window_read(text, part)
                used = window_used(window, ahead)
            end
            if op ~= 'back' and used + wanted > limit then
                over[#over + 1], over[#over + 2] = number, text or ''
                passes = passes and not refuses
            end
            if rest then
                turned = turned or not text
                write[#write + 1], write[#write + 2] = fields[i],
                    struct.pack('<I8I4', part, math.min(MOST, newest + wanted)) .. rest
            elseif not looks then
                turned = turned or ahead > 0 or not text
                window_turn(window, ahead)
                write[#write + 1], write[#write + 2] = fields[i],
                    window_change(window, op == 'charge' and window[1] or math.floor((counts and at or first) / span),
                                  counts and wanted or -wanted)
            end
        elseif wanted > 0 then -- span: in which the limit comes in
            local whole, cost = math.floor(burst * span / limit), math.floor(wanted * span / limit)
            local full = bucket_read(text)
            local missing = bucket_missing(full, whole)
            if op ~= 'back' and (wanted > burst or missing + cost > whole) then
                over[#over + 1], over[#over + 2] = number, text or ''
                passes = passes and not refuses
            end
            if counts then
                full = now + math.min(missing + math.max(0, cost - (now - at)), whole)
            else
                full = math.max(0, full - math.max(0, cost - math.max(0, now - first)))
            end
            turned = true
            write[#write + 1], write[#write + 2] = fields[i], struct.pack('<I8', full)
        end
        arg, number = arg + 6, number + 1
    end
    if #write > 2 then writes[#writes + 1] = {write, turned and expires} end
end

if op == 'add' or op == 'back' then passes = true end
if passes and not looks then
    for _, one in ipairs(writes) do
        redis.call(unpack(one[1]))
        if one[2] then redis.call('PEXPIRE', one[1][2], one[2]) end
    end
    if ARGV[4] == '1' then
        for i = 1, 4 do before[i] = counts and math.max(before[i], total[i]) or CLOSED end
        redis.call('SET', KEYS[1], struct.pack('<I8I8I8I8I8', before[1], before[2], before[3], before[4], first),
                   'PX', ARGV[3])
    end
end
return {passes and 1 or 0, now, unpack(over)}
