--  workflow.lua: orders that go from step to step, and are undone if one does not come in time.
--  Rules: an order goes through its steps in their order; each step is done within its time or the order is cancelled;
--  what a cancelled order had done is compensated, the last first, by events that a worker carries out.
local STEPS = {
  { name = "reserve", within_ms = 60000, undo = "release" },
  { name = "pay", within_ms = 900000, undo = "refund" },
  { name = "ship", within_ms = 86400000 },
}

local function order_of(id)
  local order = type(id) == "string" and get("order/" .. id)
  if not order then
    error { code = "NO_SUCH_ORDER", message = "there is no order " .. tostring(id), status = 404 }
  end
  return order
end

local function await(id, order)
  local step = STEPS[order.step]
  if step then
    emit("do/" .. step.name, { id = id })
    schedule(step.within_ms, "expire", { id = id, step = order.step }, "step/" .. id)
  else
    order.state = "done"
    emit("done", { id = id })
  end
  put("order/" .. id, order)
  return order
end

local function undo(id, order, why)
  cancel("step/" .. id)
  for i = order.step - 1, 1, -1 do
    if STEPS[i].undo then
      emit("undo/" .. STEPS[i].undo, { id = id })
    end
  end
  order.state, order.why = "cancelled", why
  put("order/" .. id, order)
  return order
end

--  { id }
function commands.start(args)
  if type(args.id) ~= "string" or args.id == "" then
    fail("BAD_ORDER", "an order is named by a string that is not empty")
  end
  if has("order/" .. args.id) then
    error { code = "EXISTS", message = "there is already an order " .. args.id, status = 409 }
  end
  return await(args.id, { state = "open", step = 1 })
end

--  { id, step }: a worker has done it.
function commands.complete(args)
  local order = order_of(args.id)
  local step = STEPS[order.step]
  if order.state ~= "open" or step.name ~= args.step then
    error { code = "OUT_OF_TURN", message = "the order is not waiting for " .. tostring(args.step), details = order, status = 409 }
  end
  order.step = order.step + 1
  cancel("step/" .. args.id)
  return await(args.id, order)
end

--  { id, why }
function commands.cancel(args)
  local order = order_of(args.id)
  if order.state ~= "open" then
    error { code = "OVER", message = "the order is " .. order.state, status = 409 }
  end
  return undo(args.id, order, args.why or "cancelled")
end

--  By a timer.
function commands.expire(args)
  local order = get("order/" .. args.id)
  if order and order.state == "open" and order.step == args.step then
    undo(args.id, order, STEPS[args.step].name .. " did not come in time")
  end
end

function queries.order(args)
  return order_of(args.id)
end
