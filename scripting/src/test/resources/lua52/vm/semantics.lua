-- metamethods
local function P(...) print(...) end
local mt = {}
for _, op in ipairs{"add","sub","mul","div","mod","pow","concat"} do mt["__"..op] = function(a, b) return op .. ":" .. tostring(type(a)) .. ":" .. tostring(type(b)) end end
mt.__unm = function(a, b) return "unm", rawequal(a, b) end
mt.__len = function(a, b) return 42 end
mt.__eq = function(a, b) return true end
mt.__lt = function(a, b) return "yes" end
mt.__le = function(a, b) return nil end
mt.__call = function(self, ...) return select('#', ...), ... end
mt.__tostring = function() return "OBJ" end
mt.__index = function(t, k) return k .. "?" end
local a, b = setmetatable({}, mt), setmetatable({}, mt)
P(a+b, a+1, 1+a, a-b, a*b, a/b, a%b, a^b, a..b, a.."x", "x"..a, 1 ..a)
P(-a, #a, a==b, a~=b, a<b, a<=b, a>b, a>=b, a(1,nil,3), tostring(a), a.foo, a[1])
P(pcall(function() return a < 1 end))
P(pcall(function() return 1 < a end))
P(pcall(function() return {} .. "x" end))
local log = {}
local prox = setmetatable({}, {__newindex = function(t, k, v) rawset(t, k, v * 2) end})
prox.x = 21 prox.x = 5 P(prox.x)
local chain = setmetatable({}, {__index = setmetatable({a = 1}, {__index = {b = 2}})})
P(chain.a, chain.b, chain.c)
local ni = {} local pr = setmetatable({}, {__newindex = ni}) pr.q = 9 P(rawget(pr, "q"), ni.q)
-- __pairs, __ipairs
for k, v in pairs(setmetatable({}, {__pairs = function(t) return function(_, k) if not k then return 1, "one" end end, t, nil end})) do P(k, v) end
for k, v in ipairs(setmetatable({}, {__ipairs = function(t) return function(_, i) if i < 3 then return i + 1, i * i end end, t, 0 end})) do P(k, v) end
-- getmetatable protection
P(getmetatable(setmetatable({}, {__metatable = "prot"})))
P(pcall(setmetatable, setmetatable({}, {__metatable = 1}), {}))
-- errors
P(pcall(error)) P(pcall(error, nil)) P(pcall(error, "msg", 0)) 
P(select(2, pcall(function() error("lvl1") end))) P(select(2, pcall(function() error("lvl2", 2) end)))
local function thrower() error("deep", 2) end
P(pcall(function() thrower() end))
P(pcall(function() local t = nil; t.x = 1 end))
P(pcall(function() local t = {} t.x.y = 1 end))
P(pcall(function() undefinedglobal.x = 1 end))
P(pcall(function() local t = {} t:nomethod() end))
P(pcall(function() local s = "x" s:nomethod() end))
P(pcall(function() return 1 + nil end))
P(pcall(function() local x = "abc" return x + 1 end))
P(pcall(function() return "abc" + 1 end))
P(pcall(function() return {} + 1 end))
P(pcall(function() return -{} end))
P(pcall(function() return 2 ^ {} end))
P(pcall(function() return #5 end))
P(pcall(function() local a = 5 return a.b.c end))
P(pcall(function() return nil .. "x" end))
P(pcall(function() local t = {} t[nil] = 1 end))
P(pcall(function() local t = {} t[0/0] = 1 end))
P(pcall(function() for i = 1, "x" do end end))
P(pcall(function() for i = "a", 2 do end end))
P(pcall(function() for i = 1, 2, {} do end end))
P(pcall(function() for k in nil do end end))
P(pcall(function() for k in 5 do end end))
P(pcall(function() return math.floor("x") end))
P(pcall(function() return ("x"):rep() end))
P(pcall(function() return ("x").rep() end))
P(pcall(function() string.rep() end))
P(pcall(function() local f = string.rep f() end))
P(pcall(string.rep)) P(pcall(setmetatable, 1, 2)) P(pcall(setmetatable, {})) P(pcall(ipairs)) P(pcall(pairs, nil))
P(pcall(rawset, {}, nil, 1))  P(pcall(select, 0)) P(pcall(tonumber)) P(pcall(tostring)) P(pcall(type))
P(pcall(next, {}, 1)) P(pcall(rawget, {})) P(pcall(assert, false)) P(pcall(assert, nil, "m")) P(pcall(assert, false, {1} and "t")) P(pcall(assert))
P(pcall(coroutine.resume, 1)) P(pcall(coroutine.wrap, 1)) P(pcall(coroutine.create)) P(pcall(coroutine.yield))
P(pcall(load, 5)) P(pcall(pcall))
-- coroutines
local co = coroutine.create(function(...) P("start", ...) local x = coroutine.yield(1, 2) P("got", x) error({1}) end)
P(coroutine.status(co), coroutine.resume(co, "a", nil, "c")) P(coroutine.status(co), (coroutine.resume(co, "v"))) P(coroutine.status(co), coroutine.resume(co))
P(coroutine.isyieldable, select(2, coroutine.running()))
local co2 = coroutine.wrap(function() local ok, e = pcall(function() coroutine.yield("in pcall") error("after", 0) end) coroutine.yield(ok, e) return "end" end)
P(co2()) P(co2()) P(co2()) P(pcall(co2))
local co3 co3 = coroutine.create(function() return coroutine.resume(co3) end) P(coroutine.resume(co3))
local co4 = coroutine.wrap(function() local t = setmetatable({}, {__index = function(t, k) return coroutine.yield(k) end, __add = function(a, b) return coroutine.yield("add") end, __lt = function() return coroutine.yield("lt") end, __concat = function() return coroutine.yield("cat") end}) return t.foo, t + 1, t < t, "x" .. t .. "y" end)
P(co4()) P(co4("FOO")) P(co4("ADD")) P(co4(true)) P(co4("CAT"))
local gen = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end)
for i in gen do P(i) end
P(select(2, coroutine.resume(coroutine.create(function() table.sort({3,2,1}, function(a, b) coroutine.yield() end) end))))
P(coroutine.resume(coroutine.create(function() return pcall(coroutine.yield, 1) end)))
local xco = coroutine.create(function() return xpcall(function() coroutine.yield(1) error("e") end, function(m) return "H:" .. m end) end)
P(coroutine.resume(xco)) P(coroutine.resume(xco))
P(xpcall(error, function(m) return m, 2 end, "orig"))
P(xpcall(function() error() end, function(m) return type(m) end))
P(xpcall(function(...) return select('#', ...), ... end, print, 1, nil, 3))
P(xpcall(function() local x = nil + 1 end, function(m) error("again") end))
-- wraps errors
local w = coroutine.wrap(function() error("inside") end) P(pcall(w))
local w2 = coroutine.wrap(function() error({}) end) P(type(select(2, pcall(w2))))
P(pcall(function() local w = coroutine.wrap(function() error("inside2") end) w() end))
-- varargs
local function v(...) local t = {...} return #t, select('#', ...), (...) end
P(v()) P(v(nil)) P(v(1, nil, 3)) P((v(1, 2)))
P((function(a, ...) return a, ... end)(1)) P(pcall(function(...) return ... end, 1, 2))
P(table.unpack({1, 2, 3}, 2)) P(table.unpack({}, 1, 3)) P(select(-2, 1, 2, 3)) P(pcall(select, -5, 1))
-- tail calls
local function loop(n) if n == 0 then return "done" end return loop(n - 1) end P(loop(100000))
-- closures
local function counter() local c = 0 return function() c = c + 1 return c end, function() return c end end
local inc, get = counter() inc() inc() P(get())
local fs = {} for i = 1, 3 do local j = i fs[i] = function() j = j + i return j end end P(fs[1](), fs[1](), fs[2](), fs[3]())
do local t = {} for i = 1, 3 do t[i] = function() return i end end P(t[1](), t[2](), t[3]()) end
local k = 0 local ws = {} while k < 3 do k = k + 1 local z = k ws[k] = function() z = z + 1 return z end end P(ws[1](), ws[1](), ws[3]())
-- load
P(load("return ...", "chunk")(1, 2)) P(load("syntax error here")) P(type(load(function() return nil end))) P(pcall(load("error('x')", "=name"))) P(pcall(load("error('x')", "@file.lua"))) P(pcall(load("error('x')", "some code\nmore")))
local env = {y = 5} P(load("x = y return y", "c", "t", env)(), env.x) P(load("return 1", "b", "b")) P(load("\27Lua", "b", "t"))
local parts = {"return ", "1", " + 2"} local pi = 0 P(load(function() pi = pi + 1 return parts[pi] end)())
P(pcall(load("local x <close> = 1 return x") or error))
-- numbers
P(1e15, 1e16, 123456.789e3, 0.1, 1/3, -1/3, 100, 1e100, 2^31, 2^53, 2^63, -2^31, 1e-10, 5e-324, 1.7976931348623157e308)
P(7 % 3, -7 % 3, 7 % -3, -7 % -3, 5.3 % 2, -5.3 % 2, 1 % 0 ~= 1 % 0)
P(0 == -0, 1/0, -1/0, math.huge == 1/0, 3 == 3.0, "10" + 5, "0x10" + 0, " 5 " * 2, 10 .. 20)
P(tonumber("10"), tonumber("0x"), tonumber(""), tonumber(" 1 "), tonumber("1e1"), tonumber("1 2"), tonumber("z", 36), tonumber("ff", 16), tonumber("8", 8), tonumber("7fffffff", 16), tonumber("-ff", 16), tonumber("1.5e+3"), tonumber("."), tonumber("5."), tonumber(".5"), tonumber("0x.8p1"), tonumber(nil))
P(pcall(tonumber, "1", 99)) P(pcall(tonumber, {}, 10)) P(tonumber(12, 10)) P(math.type)
P(#"abc", -"2", - -2, not nil, not 0, 1 and 2, nil and 1, false or "x", nil or false)
P("a" < "b", "a" < "B", "" < "a", "\200" < "a", "a\0b" < "a\0c", "Z" < "a", "10" < "9")
P(pcall(function() return "a" < 1 end)) P(pcall(function() return nil < nil end)) P(pcall(function() return {} <= {} end)) P(pcall(function() return print < print end))
local t = {} t.x = 1 t.x = "2" P(type(t.x)) t[1.0] = "a" t[2^53] = "b" P(t[1], t[2^53], #t) t[-0] = "z" P(t[0])
local t2 = {n = 1, 10, 20, [3] = 30, [5] = 50, 40} P(#t2, t2[3], t2[4])
P(rawequal(t, t), rawequal({}, {}), rawequal("a", "a"), rawequal(1, 1.0))
