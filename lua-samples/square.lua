--  square.lua: a host function that Lua calls, with a stand-in where the host has none.
--  Rule: the host's square and ours agree.
local square = square or function(x) return x * x end

print("4 * 4 = " .. square(4))

function apply(command)
  return square(command.x)
end
