--  queue.lua: a queue of jobs with a visibility timeout.
--  Rules: a job that was pushed is there until somebody says that it is done; while a worker has it, no other gets it;
--  a worker that is silent for too long loses it, and a job that was lost too often is set aside.
local VISIBLE_MS, ATTEMPTS_MAX = 30000, 5

local function ready_key(id)
  return string.format("ready/%012d", id)
end

--  Any value -> its number.
function commands.push(body)
  local id = incr("last")
  put("job/" .. id, { body = body, attempts = 0 })
  put(ready_key(id), id)
  incr("waiting")
  return id
end

--  { visible_ms } -> { id, body, receipt, attempts }, or null where nothing waits.
function commands.take(args)
  local visible = type(args) == "table" and args.visible_ms or VISIBLE_MS
  for key, id in scan { prefix = "ready/", limit = 1 } do
    local job = get("job/" .. id)
    delete(key)
    incr("waiting", -1)
    job.attempts = job.attempts + 1
    job.receipt = incr("receipt")
    put("job/" .. id, job)
    schedule(visible, "lost", { id = id, receipt = job.receipt }, "visible/" .. id)
    return { id = id, body = job.body, receipt = job.receipt, attempts = job.attempts }
  end
end

--  { id, receipt }: it need not be done again.
function commands.done(args)
  local job = get("job/" .. args.id)
  if not job or job.receipt ~= args.receipt then
    error { code = "NOT_YOURS", message = "the job was given to another, or is done", status = 409 }
  end
  cancel("visible/" .. args.id)
  delete("job/" .. args.id)
  return true
end

--  By a timer.
function commands.lost(args)
  local job = get("job/" .. args.id)
  if not job or job.receipt ~= args.receipt then
    return false
  end
  job.receipt = nil
  if job.attempts >= ATTEMPTS_MAX then
    delete("job/" .. args.id)
    put("dead/" .. args.id, job)
    emit("dead", { id = args.id, body = job.body })
  else
    put("job/" .. args.id, job)
    put(ready_key(args.id), args.id)
    incr("waiting")
  end
  return true
end

function queries.waiting()
  return get("waiting") or 0
end
