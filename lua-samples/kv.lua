--  kv.lua: a key-value store with revisions and compare-and-swap.
--  Rule: a key's revision is the log index of its last change, so it only grows,
--  and a swap succeeds only against the revision its caller has seen.
local function slot(args)
  if type(args) ~= "table" or type(args.key) ~= "string" or args.key == "" then
    fail("BAD_KEY", "key must be a string that is not empty")
  end
  return "kv/" .. args.key
end

local function store(key, value)
  put(key, { value = value, revision = ctx.index })
  return { revision = ctx.index }
end

function commands.put(args)
  local key = slot(args)
  if args.value == nil then
    fail("BAD_VALUE", "value is missing; to remove a key, use delete")
  end
  return store(key, args.value)
end

function commands.cas(args)
  local key = slot(args)
  local have = get(key)
  local revision = have and have.revision or 0
  if revision ~= args.revision then
    error { code = "CONFLICT", message = "the key has changed", details = { revision = revision }, status = 409 }
  end
  return store(key, args.value)
end

function commands.delete(args)
  return delete(slot(args))
end

function queries.get(args)
  return get(slot(args))
end

function queries.range(args)
  local items = json.array {}
  local prefix = "kv/" .. (args and args.prefix or "")
  local limit = args and tonumber(args.limit) or 100
  for key, item in scan { prefix = prefix, limit = limit } do
    items[#items + 1] = { key = key:sub(4), value = item.value, revision = item.revision }
  end
  return items
end
