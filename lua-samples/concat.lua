--  concat.lua: a Lua function that its host calls.
--  Locally:    ./perilune run --call concat Go Lua lua-samples/concat.lua
--  On a node:  POST {"a": "Go", "b": "Lua"} to its commands.
function concat(a, b)
  return a .. " + " .. b
end

function apply(command)
  return concat(command.a, command.b)
end
