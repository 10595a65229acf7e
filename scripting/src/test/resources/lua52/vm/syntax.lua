local sources = {
  [[
function apply()
  return +
end]],
  [[
x =]],
  [[
local t = {1,2
print(x)]],
  [[
if x then]],
  [[
x = = 2]],
  [[
for i = 1 do end]],
  [[
goto nowhere]],
  [[
break]],
  [[
x = "abc
def"]],
  [[
x = [[abc]],
  [[
x = '\q']],
  [[
x = 3x]],
  [[
x = 0x]],
  [[
::a:: ::a::]],
  [[
local function f( return end]],
  [[
return 1,]],
  [[
f(]],
  [[
x = }]],
  [[
a.b:c = 1]],
  [[
x = "\300"]],
  [[
--[[ unfinished]],
  [[
x = @]],
  [[
local x <const> = 1]],
  [[
f() = 1]],
  [[
x, y]],
  [[
do goto l1 local a ::l1:: print(a) end]],
  [[
repeat local x goto cont local y ::cont:: until y]],
  [[
x = ~y]],
  [[
x = 'a\xZZ']],
  [[
return ...]],
  [[
function f() return ... end]],
  [[
end]],
  [[
x = 1e]],
  [[
for x in y end]],
  [[
local 1 = 2]],
  [[
x = function end]],
  [[
x = a.1]],
  [[
x = 10 .. ]],
  [[
x = not
]]
}
for i, source in ipairs(sources) do
  local f, e = load(source, "@x.lua")
  print(i, e or "ok")
end
