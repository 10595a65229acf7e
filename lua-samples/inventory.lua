--  inventory.lua: stock that is reserved before it is sold.
--  Rules: no more is reserved than there is; an order is reserved whole or not at all;
--  a reservation that is not confirmed in time gives everything back.
local HOLD_MS = 600000

local function count_of(value)
  if type(value) ~= "number" or value < 1 or value % 1 ~= 0 then
    fail("BAD_COUNT", "a count is a whole number above zero")
  end
  return value
end

local function take_back(order, reserved)
  for item, count in pairs(reserved) do
    incr("stock/" .. item, count)
  end
  delete("order/" .. order)
end

local function open_order(id)
  local order = get("order/" .. tostring(id))
  if not order then
    error { code = "NO_SUCH_ORDER", message = "nothing is reserved for " .. tostring(id), status = 404 }
  end
  return order
end

--  { item, count } -> how many there are now.
function commands.stock(args)
  return incr("stock/" .. args.item, count_of(args.count))
end

--  { order, items = { NAME = COUNT, ... }, hold_ms }
function commands.reserve(args)
  if has("order/" .. args.order) then
    error { code = "RESERVED", message = "there is a reservation for " .. args.order, status = 409 }
  end
  for item, count in pairs(args.items) do
    local left = incr("stock/" .. item, -count_of(count))
    if left < 0 then
      error {
        code = "OUT_OF_STOCK",
        message = "not enough of " .. item,
        details = { item = item, have = left + count },
        status = 409,
      }
    end
  end
  put("order/" .. args.order, args.items)
  schedule(args.hold_ms or HOLD_MS, "expire", args.order, "hold/" .. args.order)
  return true
end

--  { order }: it is sold, and does not come back.
function commands.confirm(args)
  open_order(args.order)
  cancel("hold/" .. args.order)
  delete("order/" .. args.order)
  emit("sold", { order = args.order })
  return true
end

--  { order }
function commands.release(args)
  take_back(args.order, open_order(args.order))
  cancel("hold/" .. args.order)
  return true
end

--  By a timer.
function commands.expire(order)
  take_back(order, open_order(order))
  emit("expired", { order = order })
end

function queries.left(args)
  return get("stock/" .. args.item) or 0
end
