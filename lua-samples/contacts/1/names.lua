local names = {}

function names.tidy(name)
  if type(name) ~= "string" or not name:find("%S") then
    fail("BAD_NAME", "a name is a string with more than spaces in it")
  end
  return (name:gsub("%s+", " "):gsub("^ ", ""):gsub(" $", ""))
end

return names
