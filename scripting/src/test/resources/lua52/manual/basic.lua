--> assert raises an error when its argument is false
print(pcall(assert, false))
print(pcall(assert, nil))
--> assert returns all its arguments otherwise
print(assert(1, 2, nil, 3))
print(select('#', assert(true, nil)))
--> assert takes any value as its message
local e = {}
local ok, got = pcall(assert, nil, e)
print(ok, got == e)
print(pcall(assert, false, nil))
print(pcall(assert, false, 42))
--> assert needs a value
print(pcall(assert))
--> collectgarbage counts kilobytes
print(type(collectgarbage("count")), collectgarbage("count") > 0)
print(collectgarbage(), collectgarbage("collect"))
print(pcall(collectgarbage, "nonsense"))
--> error puts the position of its caller before a string
print(pcall(function() error("bad") end))
print(pcall(function() error("bad", 1) end))
--> error at level 2 names the caller of the function that calls it
local function check(x) if not x then error("check failed", 2) end end
print(pcall(function()
  check(false)
end))
--> error at level 0 adds no position
print(pcall(error, "plain", 0))
print(pcall(function() error("plain", 0) end))
--> error with another value passes it as it is
print(pcall(error, nil))
print(pcall(error, 17))
print(select(2, pcall(error, true)))
local t = {}
print(select(2, pcall(error, t)) == t)
--> error with a number gets no position
print(pcall(function() error(12) end))
--> _G holds itself
print(_G._G == _G)
x = 5
print(_G.x, rawget(_G, "x"))
_G.y = 6
print(y)
--> getmetatable gives nil without a metatable
print(getmetatable({}))
print(getmetatable(1), getmetatable(nil), getmetatable(print))
--> getmetatable gives the __metatable field
print(getmetatable(setmetatable({}, {__metatable = "private"})))
print(getmetatable("").__index == string)
--> getmetatable needs a value
print(pcall(getmetatable))
--> ipairs walks 1, 2, ... up to the first nil
for i, v in ipairs{1, 2, nil, 4} do print(i, v) end
for i, v in ipairs{} do print("never") end
--> ipairs takes the metamethod __ipairs
local t = setmetatable({}, {__ipairs = function(t) return function(s, i) if i < 3 then return i + 1, s end end, "state", 0 end})
for i, v in ipairs(t) do print(i, v) end
--> ipairs does not follow __index
for i, v in ipairs(setmetatable({1}, {__index = function(t, k) if k < 4 then return k end end})) do print(i, v) end
--> ipairs needs a table
print(pcall(ipairs))
print(pcall(ipairs, nil))
print(pcall(ipairs, 5))
--> load compiles a string
print(load("return 1 + 1")())
print(load("x = ")) 
print(load("return ...")(1, 2, 3))
--> load puts the pieces of a function together until nil or an empty string
local pieces = {"return ", "10", " + ", "1"}
local i = 0
print(load(function() i = i + 1 return pieces[i] end)())
i = 0
pieces = {"return 1", "", " + 5"}
print(load(function() i = i + 1 return pieces[i] end)())
--> load refuses pieces that are not strings
print(pcall(load, function() return {} end))
print(pcall(load, function() error("inside") end))
local function reads(f) local chunk, message = load(f) return message end
print(pcall(reads, function() return {} end))
--> load gives nil and a message where it does not compile
print(load("return return"))
print(load("for", "=name"))
print(load("for", "@name"))
print(load("for", "line one\nline two"))
print(load("x x", ("long"):rep(30)))
--> load takes an environment as the first upvalue
local env = {print = print}
load("x = 1; print(x)", "chunk", "t", env)()
print(env.x, x)
print(load("return a", "c", "t", {a = 7})())
print(load("return _ENV", "c", "t", nil)())
--> load refuses text where only binary is allowed
print(load("return 1", "c", "b"))
print(load("return 1", "c", "bt")())
--> load names the chunk after its text
print(pcall(load("error('here')")))
print(pcall(load("error('here')", "=mine")))
print(pcall(load("error('here')", "@mine.lua")))
--> load needs a chunk
print(pcall(function() load() end))
print(pcall(function() load(nil) end))
print(pcall(function() load({}) end))
--> next gives index and value, in some order that assignments to fields do not disturb
local t = {10, 20, x = 1}
local n = 0
for k, v in next, t do n = n + 1 t[k] = v + 1 end
print(n, t[1], t[2], t.x)
print(next({}))
print(next({5}))
print(next({5}, 1))
--> next lets fields be cleared on the way
local t = {}
for i = 1, 20 do t["k" .. i] = i end
for k in pairs(t) do t[k] = nil end
print(next(t))
--> next refuses a key that is not there
print(pcall(next, {}, "x"))
print(pcall(next))
print(pcall(next, 1))
--> pairs walks all of a table
local sum, n = 0, 0
for k, v in pairs{1, 2, 3, a = 4, [10.5] = 5} do sum = sum + v n = n + 1 end
print(sum, n)
--> pairs takes the three results of __pairs
local t = setmetatable({}, {__pairs = function(t) return function(_, k) if not k then return 1, "one" end end, t, nil end})
for k, v in pairs(t) do print(k, v) end
print(pcall(pairs, setmetatable({}, {__pairs = 1})))
--> pairs needs a table
print(pcall(pairs))
print(pcall(pairs, nil))
print(pcall(pairs, "x"))
--> pcall gives true and all results
print(pcall(function(...) return ... end, 1, nil, 3))
print(pcall(print, "shown"))
--> pcall gives false and the error
print(pcall(function() local x = nil; return x.y end))
print(pcall(nil))
print(pcall(42))
print(pcall(pcall))
--> pcall within pcall
print(pcall(pcall, error, "e"))
print(pcall(pcall))
--> print uses tostring
print(nil, true, 1, 1.5, "s", -0.0)
print(setmetatable({}, {__tostring = function() return "an object" end}))
print()
--> print refuses a tostring that gives no string
print(pcall(print, setmetatable({}, {__tostring = function() return {} end})))
--> rawequal ignores metamethods
local mt = {__eq = function() return true end}
local a, b = setmetatable({}, mt), setmetatable({}, mt)
print(a == b, rawequal(a, b), rawequal(a, a), rawequal(1, 1), rawequal("a", "a"), rawequal(1, "1"))
print(pcall(rawequal, 1))
print(pcall(rawequal))
--> rawget ignores metamethods
print(rawget(setmetatable({}, {__index = {x = 1}}), "x"), rawget({x = 2}, "x"))
print(pcall(rawget, 1, 2))
print(pcall(rawget, {}))
--> rawlen is the length without metamethods
print(rawlen(setmetatable({1, 2}, {__len = function() return 9 end})), rawlen("four"))
print(pcall(rawlen, 1))
--> rawset ignores metamethods
local t = setmetatable({}, {__newindex = function() error("not called") end})
print(rawset(t, "k", "v") == t, t.k)
print(pcall(rawset, {}, nil, 1))
print(pcall(rawset, {}, 0/0, 1))
print(pcall(rawset, 1, 1, 1))
print(pcall(rawset, {}, 1))
--> select gives all arguments after a place
print(select(2, "a", "b", "c"))
print(select(-1, "a", "b", "c"))
print(select(-2, "a", "b", "c"))
print(select(4, "a", "b", "c"))
print((select(2, "a", "b", "c")))
--> select counts arguments
print(select("#"), select("#", nil), select("#", nil, nil))
--> select refuses a place out of range
print(pcall(select, 0))
print(pcall(select, -4, 1, 2, 3))
print(pcall(select, "x"))
print(pcall(select))
print(pcall(select, 1.7, "a", "b"))
--> setmetatable gives the table back
local t = {}
print(setmetatable(t, {}) == t)
print(getmetatable(setmetatable(t, nil)))
--> setmetatable refuses a protected metatable
print(pcall(setmetatable, setmetatable({}, {__metatable = 1}), {}))
--> setmetatable refuses what is no table
print(pcall(setmetatable, 1, {}))
print(pcall(setmetatable, {}))
print(pcall(setmetatable, {}, 1))
print(pcall(setmetatable, "s", {}))
--> tonumber takes numbers and texts of numbers
print(tonumber(10), tonumber("10"), tonumber("  0x1F  "), tonumber("1e2"), tonumber(".5"), tonumber("5."), tonumber("0x.8p1"))
print(tonumber("-7"), tonumber("- 7"), tonumber("+7"), tonumber("--7"), tonumber("7-"))
--> tonumber gives nil for anything else
print(tonumber("x"), tonumber(""), tonumber(" "), tonumber("1 2"), tonumber("1e"), tonumber("0x"), tonumber("1\0"))
print(tonumber(nil), tonumber({}), tonumber(true))
print(pcall(tonumber))
--> tonumber knows bases from 2 to 36
print(tonumber("11", 2), tonumber("ff", 16), tonumber("FF", 16), tonumber("zz", 36), tonumber("777", 8), tonumber(" -z ", 36))
print(tonumber("12", 2), tonumber("8", 8), tonumber("", 10), tonumber("1.5", 10), tonumber("0x1", 16))
print(tonumber(10, 16))
print(pcall(tonumber, "1", 1))
print(pcall(tonumber, "1", 37))
print(pcall(tonumber, {}, 10))
--> tonumber reads nan and inf as lua does
print(tonumber("inf"), tonumber("nan"), tonumber("0x1p4"), tonumber("1e400"), tonumber("-1e400"), tonumber("1e-400"))
--> tostring gives what __tostring gives
print(type(tostring(setmetatable({}, {__tostring = function() return {} end}))))
print(tostring(setmetatable({}, {__tostring = function() return 12 end})))
--> load takes numbers as pieces
local pieces = {"return ", 1, 2}
local i = 0
print(load(function() i = i + 1 return pieces[i] end)())
--> tostring calls __tostring
print(tostring(setmetatable({}, {__tostring = function(t) return "T" end})))
print(tostring(nil), tostring(true), tostring(12), tostring("s"))
print(pcall(tostring))
print((tostring({}):gsub("0x%x+", "ADDR")), (tostring(print):gsub(":.*", "")))
--> type gives the name of a type
print(type(nil), type(true), type(1), type("s"), type({}), type(print), type(function() end), type(coroutine.create(print)))
print(pcall(type))
--> _VERSION
print(_VERSION)
--> xpcall hands the error to the handler
print(xpcall(function() error("oops") end, function(m) return "handled: " .. m end))
print(xpcall(function() error({1}) end, function(m) return type(m) end))
--> xpcall passes arguments on
print(xpcall(function(...) return select("#", ...), ... end, print, 1, nil, 3))
--> xpcall with a handler that fails
print(xpcall(error, function() error("again") end))
print(pcall(xpcall))
print(pcall(xpcall, print))
print(xpcall(error, print, "shown by print"))
--> dofile and loadfile are there for trusted scripts
print(type(dofile), type(loadfile))
print(loadfile("/no/such/file"))
print(pcall(dofile, "/no/such/file"))
