--  One number under each key, and how often each command was applied.
--  Every command carries a "ref" of its own; `times` of it must never pass 1.

local function number(key)
  return get("n/" .. key) or 0
end

local function count(ref)
  local times = (get("ref/" .. ref) or 0) + 1
  put("ref/" .. ref, times)
end

function commands.write(c)
  count(c.ref)
  local old = number(c.key)
  put("n/" .. c.key, c.value)
  return old
end

function commands.add(c)
  count(c.ref)
  local sum = number(c.key) + c.amount
  put("n/" .. c.key, sum)
  return sum
end

function commands.swap(c)
  count(c.ref)
  if number(c.key) ~= c.expected then
    return 0
  end
  put("n/" .. c.key, c.value)
  return 1
end

function queries.read(q)
  return number(q.key)
end
