-- Writes rows of one partition and tells the other nodes of them, in one step.
-- KEYS: rows, epoch, channel. ARGV: until when this counts by the clock here (0: always), an epoch to set if there is
-- none, the envelope, how many fields to drop, those fields, then fields and values to put. Answers the time in ms and
-- the epoch: another one than before means that Redis was flushed or restarted empty, and everything has to be written
-- again. Too late it does nothing and answers the time alone, as a negative number: whoever sent it has given it up,
-- and may have said something newer since.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if tonumber(ARGV[1]) > 0 and now > tonumber(ARGV[1]) then return { '-' .. string.format('%.0f', now) } end
local epoch = redis.call('GET', KEYS[2])
if not epoch then
  epoch = ARGV[2]
  redis.call('SET', KEYS[2], epoch)
end
local drops = tonumber(ARGV[4])
local AT_ONCE = 1000
for from = 5, 4 + drops, AT_ONCE do
  redis.call('HDEL', KEYS[1], unpack(ARGV, from, math.min(from + AT_ONCE - 1, 4 + drops)))
end
for from = 5 + drops, #ARGV, AT_ONCE do
  redis.call('HSET', KEYS[1], unpack(ARGV, from, math.min(from + AT_ONCE - 1, #ARGV)))
end
redis.call('SPUBLISH', KEYS[3], ARGV[3])
return { string.format('%.0f', now), epoch }
