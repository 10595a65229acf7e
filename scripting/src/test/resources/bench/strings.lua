-- Building, cutting, formatting, finding and replacing.
function run()
  local parts = {}
  for i = 1, 10000 do parts[i] = "item " .. i .. "," end
  local text = table.concat(parts)
  local digits = 0
  for word in text:gmatch("%d+") do digits = digits + #word end
  local replaced = text:gsub("item", "thing")
  local upper = replaced:upper():sub(1, 5000):reverse()
  local found = 0
  local at = 1
  while true do
    local s, e = text:find("9,", at, true)
    if not s then break end
    found = found + 1
    at = e + 1
  end
  local shown = 0
  for i = 1, 10000 do shown = shown + #string.format("%05d %s %.2f", i, "x", i / 3) end
  local bytes = 0
  for i = 1, #upper do bytes = bytes + upper:byte(i) end
  return digits + found + shown + bytes
end
