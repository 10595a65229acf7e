--  limiter.lua: a rate limiter, one token bucket for each caller.
--  Rules: a bucket holds BURST tokens at most and gains PER_SECOND each second; what is taken was there;
--  a bucket that is full again leaves nothing behind.
local BURST, PER_SECOND = 10, 5

--  { who, tokens } -> { allowed, left, retry_after_ms }. Being refused is an answer, not an error.
function commands.take(args)
  local wanted = args.tokens or 1
  if type(args.who) ~= "string" or args.who == "" then
    fail("BAD_CALLER", "who is a string that is not empty")
  end
  if type(wanted) ~= "number" or wanted < 1 or wanted > BURST or wanted % 1 ~= 0 then
    fail("BAD_COUNT", "tokens is a whole number from 1 to " .. BURST)
  end
  local key, at = "bucket/" .. args.who, now()
  --  In thousandths of a token, so that all of it is whole numbers.
  local bucket = get(key) or { milli = BURST * 1000, at = at }
  local milli = math.min(BURST * 1000, bucket.milli + (at - bucket.at) * PER_SECOND)
  local allowed = milli >= wanted * 1000
  if allowed then
    milli = milli - wanted * 1000
  end
  local until_full = math.ceil((BURST * 1000 - milli) / PER_SECOND)
  if until_full > 0 then
    put(key, { milli = milli, at = at }, { ttl = until_full })
  end
  return {
    allowed = allowed,
    left = math.floor(milli / 1000),
    retry_after_ms = allowed and 0 or math.ceil((wanted * 1000 - milli) / PER_SECOND),
  }
end
