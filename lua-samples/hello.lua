--  hello.lua: the first script, and the smallest machine.
--  Locally:    ./perilune run lua-samples/hello.lua
--  On a node:  upload it, then POST {"name": "Moon"} to its commands.
print("Hello World")

function apply(command)
  return "Hello " .. (command and command.name or "World")
end
