--> multiple assignment evaluates before it assigns
local i, a = 3, {}
i, a[i] = i + 1, 20
print(i, a[3], a[4])
local x, y = 1, 2
x, y = y, x
print(x, y)
local p, q, r = (function() return 1, 2 end)()
print(p, q, r)
--> while and repeat
local n = 0
while n < 3 do n = n + 1 if n == 2 then break end end
print(n)
repeat local done = n >= 5 n = n + 1 until done
print(n)
--> numeric for
for i = 1, 3 do io.write(i, " ") end
for i = 3, 1, -1 do io.write(i, " ") end
for i = 1, 2, 0.5 do io.write(i, " ") end
for i = 1, 0 do io.write("never") end
print()
print(pcall(function() for i = "a", 2 do end end))
print(pcall(function() for i = 1, {} do end end))
print(pcall(function() for i = 1, 2, "x" do end end))
for i = "1", "2" do io.write(i, " ") end print()
--> a loop variable is a copy
for i = 1, 3 do local j = i i = 10 io.write(j, " ") end print()
local fs = {}
for i = 1, 3 do fs[i] = function() i = i + 1 return i end end
print(fs[1](), fs[1](), fs[2](), fs[3]())
--> generic for
local function range(n) local i = 0 return function() i = i + 1 if i <= n then return i, i * i end end end
for a, b in range(3) do io.write(a, ":", b, " ") end print()
print(pcall(function() for a in 5 do end end))
print(pcall(function() for a in nil do end end))
for k in setmetatable({}, {__call = function(_, s, c) if (c or 0) < 2 then return (c or 0) + 1 end end}) do io.write(k, " ") end print()
--> goto and labels
do
  local i = 1
  ::top::
  if i <= 3 then io.write(i, " ") i = i + 1 goto top end
  print()
end
for i = 1, 5 do
  if i % 2 == 0 then goto continue end
  io.write(i, " ")
  ::continue::
end
print()
print(load("goto nowhere"))
print(load("do ::a:: end goto a"))
print(load("::a:: ::a::"))
print(load("goto a local x ::a:: print(x)"))
print(load("break"))
--> and or not
print(nil and 1, false or 2, 1 and 2, nil or false, not nil, not 0, 1 or error("not reached"))
print(false == nil, not not nil)
--> precedence
print(2 + 3 * 4 ^ 2 / 2, -2 ^ 2, not 1 == 2, "a" .. "b" == "ab", 1 .. 2 .. 3, 2 ^ 3 ^ 2, -3 % 5, #"abc" + 1, -"2" + 1)
print(1 < 2 == true, "x" < "y" and 1 or 2)
--> varargs
local function f(...) local a, b = ... return select("#", ...), a, b, (...) end
print(f(), f(1), f(1, 2, 3))
print((f(1, 2)))
local function g(...) return ... end
print(g(1, nil, nil))
print(#{g(1, 2)})
--> closures share variables
local function counter() local n = 0 return function() n = n + 1 return n end, function() return n end end
local inc, get = counter()
inc() inc()
print(get())
--> methods
local account = {balance = 0}
function account:deposit(v) self.balance = self.balance + v return self end
print(account:deposit(5):deposit(7).balance)
function account.new() return setmetatable({balance = 1}, {__index = account}) end
print(account.new():deposit(1).balance)
--> tail calls do not grow the stack
local function loop(n) if n == 0 then return "done" end return loop(n - 1) end
print(loop(300000))
--> index metamethods
local t = setmetatable({}, {__index = function(t, k) return k .. "!" end})
print(t.x, t[1], rawget(t, "x"))
local chain = setmetatable({}, {__index = setmetatable({a = 1}, {__index = {b = 2}})})
print(chain.a, chain.b, chain.c)
--> newindex metamethods
local log = {}
local t = setmetatable({}, {__newindex = function(t, k, v) rawset(t, k, v * 2) end})
t.x = 5 t.x = 6
print(t.x)
local store = {}
local p = setmetatable({}, {__newindex = store})
p.y = 1
print(rawget(p, "y"), store.y)
--> arithmetic metamethods
local mt = {}
for _, op in ipairs{"add", "sub", "mul", "div", "mod", "pow", "unm", "concat"} do mt["__" .. op] = function(a, b) return op end end
local o = setmetatable({}, mt)
print(o + 1, 1 - o, o * o, o / 2, 2 % o, o ^ 2, -o, o .. "x", "x" .. o, 1 .. o)
print(pcall(function() return {} + 1 end))
--> comparison metamethods
local mt = {__eq = function() return true end, __lt = function(a, b) return a.v < b.v end, __le = function(a, b) return a.v <= b.v end}
local a, b = setmetatable({v = 1}, mt), setmetatable({v = 2}, mt)
print(a == b, a ~= b, a < b, a > b, a <= b, a >= b, a == 1)
local lt = {__lt = function(a, b) return a.v < b.v end}
local c, d = setmetatable({v = 1}, lt), setmetatable({v = 2}, lt)
print(c <= d, d <= c)
print(pcall(function() return {} < {} end))
print(pcall(function() return {} < 1 end))
print(pcall(function() return nil > 1 end))
--> len and call metamethods
local t = setmetatable({}, {__len = function() return 42 end, __call = function(self, ...) return select("#", ...), ... end})
print(#t, t(1, 2, 3))
print(pcall(function() return #5 end))
print(pcall(function() local x = {} x() end))
--> error messages name what was wrong
print(pcall(function() local a return a.b end))
print(pcall(function() return undefined.b end))
print(pcall(function() local a = {} return a.b.c end))
print(pcall(function() local a = {} a.b.c = 1 end))
print(pcall(function() undefined() end))
print(pcall(function() local s = "x" s:nothing() end))
print(pcall(function() local a = {} a.b() end))
print(pcall(function() local a = {} a:b() end))
print(pcall(function() return 1 + nil end))
print(pcall(function() local a = {} return a.x + 1 end))
print(pcall(function() local a = "x" return a .. nil end))
print(pcall(function() local up = nil return (function() return up.x end)() end))
print(pcall(function() return (1)() end))
print(pcall(function() return -{} end))
print(pcall(function() return #nil end))
--> syntax errors name the place
for _, s in ipairs{"x =", "x = = 1", "if x then", "for i = 1 do end", "local function end", "return 1 2", "f(", "'abc", "\"a\\q\"", "[[x", "--[[x", "x = 1e", "x = 0xg", "a.b:c = 1", "local x <const>", "x = }", "@", "goto", "::x", "('x').y"} do
  print(load(s, "=s"))
end
--> coroutines
local co = coroutine.create(function(a, b)
  print("start", a, b)
  local c = coroutine.yield(a + b)
  print("got", c)
  local d, e = coroutine.yield(c * 2)
  return d + e, "end"
end)
print(coroutine.resume(co, 1, 2))
print(coroutine.status(co))
print(coroutine.resume(co, 10))
print(coroutine.resume(co, 3, 4))
print(coroutine.status(co), coroutine.resume(co))
--> coroutine errors
local co = coroutine.create(function() error("inside") end)
print(coroutine.resume(co))
print(coroutine.status(co))
print(select(2, coroutine.resume(coroutine.create(function() error({code = 1}) end))).code)
print(pcall(coroutine.create))
print(pcall(coroutine.resume, 1))
print(pcall(coroutine.yield))
--> coroutine wrap
local gen = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end)
print(gen(), gen(), gen(), gen())
print(pcall(gen))
print(pcall(coroutine.wrap(function() error("w") end)))
--> coroutine running and isyieldable
local co, main = coroutine.running()
print(type(co), main)
coroutine.wrap(function() local c, m = coroutine.running() print(type(c), m, coroutine.status(c)) end)()
--> yields across pcall and metamethods
local co = coroutine.wrap(function()
  print(pcall(function() coroutine.yield(1) error("after") end))
  local t = setmetatable({}, {__index = function(t, k) return coroutine.yield(k) end})
  print(t.key)
  for k in (function() return coroutine.yield("iter") end) do print(k) break end
  return "end"
end)
print(co()) print(co()) print(co("value")) print(co("k"))
--> a coroutine that resumes itself
local co
co = coroutine.create(function() return coroutine.resume(co) end)
print(coroutine.resume(co))
local a, b
a = coroutine.create(function() print(coroutine.status(a)) coroutine.resume(b) end)
b = coroutine.create(function() print(coroutine.status(a), coroutine.status(b)) end)
coroutine.resume(a)
--> _ENV
local function f() local _ENV = {y = 5} return y end
print(f())
local _ENV = {print = print}
x = 1
print(x, _ENV.x)
--> integer and string keys in method calls with long names
local s = ("x"):rep(100)
local t = {[s] = 1}
print(t[("x"):rep(100)], t[("x"):rep(99)])
--> comments and long strings
--[[ a long
comment ]] print("after") --[==[ another ]] ]==] print("again")
print([[
first newline is skipped]], [==[a]]b]==], #[[

x]])
--> os and io basics
print(type(os.time()), type(os.clock()), os.getenv("NO_SUCH_VARIABLE_HERE"), type(os.date()))
print(os.time{year = 2020, month = 1, day = 1, hour = 12} - os.time{year = 2020, month = 1, day = 1, hour = 11})
print(os.date("!%Y-%m-%d %H:%M:%S", 0), os.date("!*t", 86400).day)
print(pcall(os.time, {}))
print(io.open("/no/such/file"))
print(io.type(io.stdout), io.type(5), type(io.read))
