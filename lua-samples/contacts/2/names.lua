local names = {}

function names.tidy(name)
  if type(name) ~= "string" or not name:find("%S") then
    fail("BAD_NAME", "a name is a string with more than spaces in it")
  end
  return (name:gsub("%s+", " "):gsub("^ ", ""):gsub(" $", ""))
end

--  The last word is the family name; of one word alone, it is that.
function names.split(name)
  local given, family = name:match("^(.+) (%S+)$")
  return given or "", family or name
end

return names
