-- Renews the lease of one node and answers everybody's: the time in ms, then id, ms since the last beat, id, ms, …
-- KEYS: the leases. ARGV: this node, how long a silent node is kept on the list in ms, 1 when it leaves, until when this
-- counts by the clock here (0: always). Too late it does nothing and answers the time alone, as a negative number.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if tonumber(ARGV[4]) > 0 and now > tonumber(ARGV[4]) then return { '-' .. string.format('%.0f', now) } end
if ARGV[3] == '1' then
  redis.call('ZREM', KEYS[1], ARGV[1])
else
  redis.call('ZADD', KEYS[1], now, ARGV[1])
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
local leases = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
for i = 2, #leases, 2 do leases[i] = tostring(math.max(0, now - leases[i])) end
table.insert(leases, 1, string.format('%.0f', now))
return leases
