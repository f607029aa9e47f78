-- Writes rows of one partition and tells the other nodes of them, in one step.
-- KEYS: rows, epoch, channel. ARGV: an epoch to set if there is none, the envelope, how many fields to drop,
-- those fields, then fields and values to put. Answers the epoch: another one than before means that Redis was
-- flushed or restarted empty, and everything has to be written again.
local epoch = redis.call('GET', KEYS[2])
if not epoch then
  epoch = ARGV[1]
  redis.call('SET', KEYS[2], epoch)
end
local drops = tonumber(ARGV[3])
local AT_ONCE = 1000
for from = 4, 3 + drops, AT_ONCE do
  redis.call('HDEL', KEYS[1], unpack(ARGV, from, math.min(from + AT_ONCE - 1, 3 + drops)))
end
for from = 4 + drops, #ARGV, AT_ONCE do
  redis.call('HSET', KEYS[1], unpack(ARGV, from, math.min(from + AT_ONCE - 1, #ARGV)))
end
redis.call('SPUBLISH', KEYS[3], ARGV[2])
return epoch
