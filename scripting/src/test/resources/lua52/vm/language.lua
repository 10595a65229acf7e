print("hello", 1, 1.5, -0.0, 1/3, 2^53, 1e100, nil, true)
local function fib(n) if n < 2 then return n end return fib(n-1)+fib(n-2) end
print(fib(20))
local t = {1,2,3,x=1,y=2}
for i,v in ipairs(t) do print(i,v) end
print(pcall(function() error("boom") end))
print(pcall(function() error("boom", 2) end))
print(pcall(function() local x; x.y = 1 end))
print(pcall(function() foo.bar() end))
print(pcall(function() foo() end))
print(pcall(function() local a = {} ; a.b.c = 1 end))
print(pcall(function() return 1 + {} end))
print(pcall(function() return "a" .. {} end))
print(pcall(function() return 1 < "2" end))
print(pcall(function() return {} < {} end))
print(pcall(function() return #nil end))
local co = coroutine.wrap(function(a) for i=1,3 do a = coroutine.yield(a+i) end return "done" end)
print(co(1), co(10), co(100), co(5))
print(pcall(co))
local mt = setmetatable({}, {__index=function(t,k) return k.."!" end, __call=function(self, x) return x*2 end, __tostring=function() return "MT" end, __lt=function() return true end, __concat=function(a,b) return "cat" end, __unm=function() return "unm" end, __eq=function() return true end})
print(mt.foo, mt(21), tostring(mt), mt < mt, mt .. "x", "x" .. 1 .. mt, -mt, mt <= mt)
print(xpcall(function() error("x") end, function(m) return "handled " .. m end))
print(select('#', 1, 2, nil), select(2, 'a', 'b', 'c'), select(-1, 1, 2, 3))
goto done
do print("skipped") end
::done::
for i = 1, 3 do for j = 1, 3 do if j == 2 then goto continue end io = i .. j print(io) ::continue:: end end
print(load("return 1 + 1")())
print(load("x ="))
local function va(...) local a, b = ... return select('#', ...), a, b, ... end
print(va(1,2,3))
print((va(1,2,3)))
local fs = {} for i=1,3 do fs[i] = function() i = i + 1 return i end end print(fs[1](), fs[1](), fs[2]())
print(10 % 3, -10 % 3, 10 % -3, 5.5 % 2, 2^0.5, 7/2, 1/0, -1/0)
for i = 3, 1, -1 do io = i end
for i = 0.1, 0.5, 0.1 do print(i) end
print(tostring(1e15), 1e14, 123456789012345, 0x10, 1e300*1e10)
print(pcall(next, {}, "nokey"))
print(rawequal("a", "a"), rawlen({1,2}), rawget(mt, "x"))
local s = 0 for i = 1, 1e6 do s = s + i end print(s)
