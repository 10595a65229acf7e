--  lock.lua: locks that are leased, with fencing tokens.
--  Rules: a lock has one holder at a time; a lease ends by itself once its time is over;
--  every grant has a token greater than all before it, so that whoever the lock protects can refuse a holder of old.
local LEASE_MS_MAX = 3600000

local function key_of(args)
  if type(args) ~= "table" or type(args.name) ~= "string" or args.name == "" then
    fail("BAD_LOCK", "a lock is named by a string that is not empty")
  end
  return "lock/" .. args.name
end

local function lease_of(args)
  local ms = args.lease_ms or 30000
  if type(ms) ~= "number" or ms < 1 or ms > LEASE_MS_MAX or ms % 1 ~= 0 then
    fail("BAD_LEASE", "lease_ms is a whole number from 1 to " .. LEASE_MS_MAX)
  end
  return ms
end

local function grant(key, owner, token, lease)
  local held = { owner = owner, token = token, expires = now() + lease }
  put(key, held, { ttl = lease })
  return held
end

local function held_by(key, token)
  local held = get(key)
  if not held or held.token ~= token then
    error { code = "NOT_HELD", message = "the lock is not held with this token", details = held, status = 409 }
  end
  return held
end

--  { name, owner, lease_ms } -> { owner, token, expires }. The holder itself keeps its token and gets a new lease.
function commands.acquire(args)
  local key, lease = key_of(args), lease_of(args)
  if type(args.owner) ~= "string" or args.owner == "" then
    fail("BAD_OWNER", "an owner is a string that is not empty")
  end
  local held = get(key)
  if held and held.owner ~= args.owner then
    error { code = "HELD", message = "held by " .. held.owner, details = held, status = 409 }
  end
  return grant(key, args.owner, held and held.token or incr("token"), lease)
end

--  { name, token, lease_ms }: the lease begins again.
function commands.renew(args)
  local key, lease = key_of(args), lease_of(args)
  return grant(key, held_by(key, args.token).owner, args.token, lease)
end

--  { name, token }
function commands.release(args)
  local key = key_of(args)
  local held = held_by(key, args.token)
  delete(key)
  emit("released", { name = args.name, owner = held.owner })
  return true
end

function queries.holder(args)
  return get(key_of(args))
end
