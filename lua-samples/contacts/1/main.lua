--  contacts, version 1: a bundle of two files. Upload the folder as a zip.
--  Rules: a contact has one name, written with single spaces.
local names = require "names"

function commands.add(args)
  local id = incr("last")
  put("contact/" .. id, { name = names.tidy(args.name) })
  return id
end

function queries.contact(args)
  return get("contact/" .. args.id)
end
