--  contacts, version 2: given and family names apart, and found by family name.
--  Rules: what version 1 stored is there in the new form from the moment this version is active, or the version is not:
--  migrate runs inside of the entry that activates it.
local names = require "names"

local function store(id, name)
  local given, family = names.split(name)
  put("contact/" .. id, { given = given, family = family })
  put("family/" .. family:lower() .. "/" .. id, id)
end

function migrate(from)
  if from < 2 then
    for key, contact in scan { prefix = "contact/" } do
      store(key:sub(#"contact/" + 1), contact.name)
    end
  end
end

function commands.add(args)
  local id = incr("last")
  store(id, names.tidy(args.name))
  return id
end

function queries.contact(args)
  return get("contact/" .. args.id)
end

function queries.family(args)
  local found = json.array {}
  for _, id in scan { prefix = "family/" .. args.name:lower() .. "/" } do
    found[#found + 1] = get("contact/" .. id)
  end
  return found
end
