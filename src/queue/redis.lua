-- redis.lua - the queue's logic, run by Redis as one step each: nothing is ever seen half done, by others or after a kill.
--
-- The stream coord:jobs with the group "workers" holds one entry, a permit, for every job that is ready: its lag is the number of jobs
-- that wait, its pending entries are the claims. Whoever gets a permit then gets the job whose turn it is. So workers sleep in
-- XREADGROUP, KEDA scales on the lag of one stream, leases are the idle times of pending entries, and the order is ours: a stream by itself
-- is first come first served, and one client's ten thousand jobs would stand before everybody's.
--
--   coord:jobs                 the stream
--   coord:jobs:item:<id>       owner, priority, put (us), not_before, deliveries; while claimed: entry, consumer, claim
--   coord:jobs:ready:<p>       id by the time it was put: for counting
--   coord:jobs:ready:<p>:<o>   id by turn, of one owner
--   coord:jobs:owners:<p>      owners with something ready, by when they were last served
--   coord:jobs:served          the same of all owners of late
--   coord:jobs:delayed         id by the time before which it stays
--   coord:jobs:bound           entry -> id of the claims
local S, G = 'coord:jobs', 'workers'
local BULK_EVERY, OWNERS_KEPT, TIDY_S, CONSUMER_IDLE_MS = 8, 10000, 600, 3600000
local AHEAD_US = 7200000000
local call = redis.call

local function item(id) return S .. ':item:' .. id end
local function turns(p, owner) return S .. ':ready:' .. p .. ':' .. owner end

local function make_group()
	redis.pcall('XGROUP', 'CREATE', S, G, '0', 'MKSTREAM')
end

local function clock()
	local t = call('TIME')
	return tonumber(t[1]) * 1000000 + tonumber(t[2])
end

-- ready and not ready ------------------------------------------------------------------------------------------------

local function make_ready(id, owner, p, put)
	call('ZADD', turns(p, owner), call('INCR', S .. ':turn'), id)
	call('ZADD', S .. ':ready:' .. p, put, id)
	call('ZADD', S .. ':owners:' .. p, 'NX', call('ZSCORE', S .. ':served', owner) or '0', owner)
	call('XADD', S, '*', 'priority', p)
end

local function place(id, owner, p, put, not_before, now)
	call('HSET', item(id), 'not_before', not_before)
	if tonumber(not_before) > now then
		call('ZADD', S .. ':delayed', not_before, id)
	else
		make_ready(id, owner, p, put)
	end
end

local function promote_range(from, to)
	for _, id in ipairs(call('ZRANGEBYSCORE', S .. ':delayed', from, to, 'LIMIT', 0, 100)) do
		local f = call('HMGET', item(id), 'owner', 'priority', 'put')
		call('ZREM', S .. ':delayed', id)
		if f[1] then make_ready(id, f[1], f[2], f[3]) end
	end
end

-- What stays longer than any retry of ours was written by a clock that has been set back since.
local function promote(now)
	promote_range('-inf', now)
	promote_range('(' .. string.format('%.0f', now + AHEAD_US), '+inf')
end

-- permits --------------------------------------------------------------------------------------------------------------

local function take_permit(consumer)
	local read = redis.pcall('XREADGROUP', 'GROUP', G, consumer, 'COUNT', 1, 'STREAMS', S, '>')
	if read and read.err then
		make_group()
		read = redis.pcall('XREADGROUP', 'GROUP', G, consumer, 'COUNT', 1, 'STREAMS', S, '>')
	end
	if not read or read.err then return nil end
	return read[1][2][1][1]
end

-- Trimmed up to the oldest claim: a stream out of whose middle something was deleted (XDEL) may not know its lag.
local function drop_permit(entry)
	redis.pcall('XACK', S, G, entry)
	call('HDEL', S .. ':bound', entry)
	local oldest = redis.pcall('XPENDING', S, G, '-', '+', 1)
	if oldest.err then return end
	local from = oldest[1] and oldest[1][1] or call('XINFO', 'GROUPS', S)[1][8] -- last-delivered-id
	call('XTRIM', S, 'MINID', from)
end

-- More ready jobs than permits: somebody deleted the stream. A permit too many does no harm.
local function mend_permits()
	if call('ZCARD', S .. ':ready:0') + call('ZCARD', S .. ':ready:1') == 0 then return false end
	call('XADD', S, '*', 'priority', '0')
	return true
end

-- claiming -------------------------------------------------------------------------------------------------------------

local function answer(id, entry)
	local f = call('HMGET', item(id), 'owner', 'priority', 'not_before', 'deliveries', 'claim')
	return { id, f[1] or '', f[2] or '0', f[3] or '0', f[4] or '1', entry, f[5] or '1' }
end

local function bind(id, entry, consumer)
	call('HSET', item(id), 'entry', entry, 'consumer', consumer)
	call('HINCRBY', item(id), 'claim', 1)
	call('HINCRBY', item(id), 'deliveries', 1)
	call('HSET', S .. ':bound', entry, id)
	return answer(id, entry)
end

local function served(p, owner)
	local turn = call('INCR', S .. ':serving')
	local left = call('EXISTS', turns(p, owner)) == 1
	if left then
		call('ZADD', S .. ':owners:' .. p, turn, owner)
	else
		call('ZREM', S .. ':owners:' .. p, owner)
	end
	call('ZADD', S .. ':owners:' .. (1 - p), 'XX', turn, owner)
	call('ZADD', S .. ':served', turn, owner)
	if call('ZCARD', S .. ':served') > OWNERS_KEPT then
		call('ZREMRANGEBYRANK', S .. ':served', 0, 0)
	end
end

-- The first job of the owner of this priority who was served least recently.
local function pop(p)
	while true do
		local owner = call('ZRANGE', S .. ':owners:' .. p, 0, 0)[1]
		if not owner then return nil end
		local first = call('ZPOPMIN', turns(p, owner))
		if first[1] then
			call('ZREM', S .. ':ready:' .. p, first[1])
			call('HSET', item(first[1]), 'owner', owner, 'priority', p)
			served(p, owner)
			return first[1]
		end
		call('ZREM', S .. ':owners:' .. p, owner)
	end
end

local function choose(entry, consumer)
	local n = tonumber(call('GET', S .. ':serving') or '0')
	local first = (n % BULK_EVERY == BULK_EVERY - 1) and 1 or 0
	local id = pop(first) or pop(1 - first)
	if not id then
		drop_permit(entry)
		return nil
	end
	return bind(id, entry, consumer)
end

-- A claim whose lease has ended, by the server's own clock. (XAUTOCLAIM would take a page of them at once, and look no further
-- than a page; this takes one, wherever it stands.)
local function reclaim(consumer, lease_ms)
	for _ = 1, 10 do
		local ended = redis.pcall('XPENDING', S, G, 'IDLE', lease_ms, '-', '+', 1)
		if ended.err or not ended[1] then return nil end
		local entry = ended[1][1]
		local id = call('HGET', S .. ':bound', entry)
		local got = call('XCLAIM', S, G, consumer, 0, entry)
		if not got[1] then
			drop_permit(entry)
		elseif id then
			return bind(id, entry, consumer)
		else
			local job = choose(entry, consumer) -- died between permit and job
			if job then return job end
		end
	end
	return nil
end

-- Workers have names of their own, and come and go.
local function tidy()
	if not call('SET', S .. ':tidied', '1', 'EX', TIDY_S, 'NX') then return end
	local consumers = redis.pcall('XINFO', 'CONSUMERS', S, G)
	if consumers.err then return end
	for _, c in ipairs(consumers) do
		if c[4] == 0 and c[6] > CONSUMER_IDLE_MS then call('XGROUP', 'DELCONSUMER', S, G, c[2]) end
	end
end

-- verbs ------------------------------------------------------------------------------------------------------------------

local verbs = {}

function verbs.group()
	make_group()
	return 1
end

-- id, owner, priority, not_before, and again
function verbs.put(a)
	local now = clock()
	for i = 1, #a, 4 do
		local id, owner, p, not_before = a[i], a[i + 1], a[i + 2], a[i + 3]
		local f = call('HMGET', item(id), 'owner', 'priority', 'put', 'entry')
		if not f[1] then
			call('HSET', item(id), 'owner', owner, 'priority', p, 'put', now)
			place(id, owner, p, now, not_before, now)
		elseif f[4] and f[4] ~= '' then
			local pending = redis.pcall('XPENDING', S, G, f[4], f[4], 1)
			if pending.err or not pending[1] then -- its claim is gone with the stream
				call('HDEL', S .. ':bound', f[4])
				call('HSET', item(id), 'entry', '')
				make_ready(id, f[1], f[2], f[3])
			end
		elseif call('ZSCORE', S .. ':delayed', id) then
			if tonumber(not_before) <= now then
				call('ZREM', S .. ':delayed', id)
				make_ready(id, f[1], f[2], f[3])
			else
				call('ZADD', S .. ':delayed', 'XX', 'LT', not_before, id)
			end
		elseif not call('ZSCORE', turns(f[2], f[1]), id) then
			make_ready(id, f[1], f[2], f[3])
		end
	end
	return 1
end

-- consumer, now, lease_ms, whether to look for ended leases, the permit in hand or ''.
-- Seven texts of a job, or one: when the next delayed one is due.
function verbs.claim(a)
	local consumer, now, lease_ms, sweep, entry = a[1], a[2], a[3], a[4], a[5]
	promote(now)
	if entry ~= '' then
		local job = choose(entry, consumer)
		if job then return job end
	end
	if sweep == '1' then
		tidy()
		local job = reclaim(consumer, lease_ms)
		if job then return job end
	end
	for _ = 1, 100 do
		local permit = take_permit(consumer)
		if permit then
			local job = choose(permit, consumer)
			if job then return job end
		elseif not mend_permits() then
			break
		end
	end
	return { call('ZRANGE', S .. ':delayed', 0, 0, 'WITHSCORES')[2] or '0' }
end

local function holds(id, entry, claim)
	local f = call('HMGET', item(id), 'entry', 'claim')
	return f[1] == entry and f[2] == claim
end

-- id, entry, claim
function verbs.extend(a)
	if not holds(a[1], a[2], a[3]) then return 0 end
	local consumer = call('HGET', item(a[1]), 'consumer')
	local kept = redis.pcall('XCLAIM', S, G, consumer, 0, a[2], 'IDLE', 0, 'JUSTID')
	return (not kept.err and kept[1]) and 1 or 0
end

function verbs.done(a)
	if not holds(a[1], a[2], a[3]) then return 0 end
	drop_permit(a[2])
	call('DEL', item(a[1]))
	return 1
end

-- id, entry, claim, not_before
function verbs.retry(a)
	if not holds(a[1], a[2], a[3]) then return 0 end
	local f = call('HMGET', item(a[1]), 'owner', 'priority', 'put')
	drop_permit(a[2])
	call('HSET', item(a[1]), 'entry', '', 'consumer', '')
	place(a[1], f[1], f[2], f[3], a[4], clock())
	return 1
end

-- id
function verbs.remove(a)
	local id = a[1]
	local f = call('HMGET', item(id), 'owner', 'priority', 'entry')
	if not f[1] then return 0 end
	if f[3] and f[3] ~= '' then drop_permit(f[3]) end
	call('ZREM', S .. ':delayed', id)
	if call('ZREM', turns(f[2], f[1]), id) == 1 then
		if call('EXISTS', turns(f[2], f[1])) == 0 then call('ZREM', S .. ':owners:' .. f[2], f[1]) end
		local permit = take_permit('-')
		if permit then drop_permit(permit) end
	end
	call('ZREM', S .. ':ready:' .. f[2], id)
	call('DEL', item(id))
	return 1
end

-- entry: a permit that nobody wants to use now
function verbs.give_back(a)
	drop_permit(a[1])
	call('XADD', S, '*', 'priority', '0')
	return 1
end

-- now
function verbs.depth(a)
	promote(a[1])
	local pending = redis.pcall('XPENDING', S, G)
	local oldest = 0
	for p = 0, 1 do
		local put = tonumber(call('ZRANGE', S .. ':ready:' .. p, 0, 0, 'WITHSCORES')[2] or '0')
		if put > 0 and (oldest == 0 or put < oldest) then oldest = put end
	end
	return { call('ZCARD', S .. ':ready:0'), call('ZCARD', S .. ':ready:1'), call('ZCARD', S .. ':delayed'),
		pending.err and 0 or pending[1], oldest }
end

local args = {}
for i = 2, #ARGV do args[i - 1] = ARGV[i] end
return verbs[ARGV[1]](args)
