--  counter.lua: one number.
--  Rule: the count is the sum of every "by" that was acknowledged.
function apply(command)
  local by = command and command.by or 1
  if type(by) ~= "number" or by % 1 ~= 0 then
    fail("BAD_STEP", "by must be a whole number")
  end
  local count = (get("count") or 0) + by
  put("count", count)
  return count
end

function queries.value()
  return get("count") or 0
end
