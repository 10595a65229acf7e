--> find escapes every special character with a percent
for c in ("^$()%.[]*+-?"):gmatch(".") do io.write(tostring(("a" .. c .. "b"):find("%" .. c)), " ") end print()
print(("a.b"):find(".", 2, true), ("a+b"):find("+", 1, true), ("abc"):find("", 10), ("abc"):find("", 4), ("abc"):find("", -10))
print(("abc"):find("b", -1), ("abc"):find("b", -2), (""):find(""), (""):find("", 1, true), ("a\0b"):find("\0"))
--> format pads, cuts and aligns
print(("[%5s|%-5s|%.2s|%5.1s|%-5.1s]"):format("abc", "abc", "abc", "abc", "abc"))
print(("[%5d|%-5d|%05d|%+d|% d|%5.3d]"):format(42, 42, 42, 42, 42, 42))
print(("[%8.3f|%-8.3f|%08.3f|%+.0f|%#.0f]"):format(3.14159, 3.14159, 3.14159, 2.5, 3))
print(("[%c%c%c]"):format(76, 117, 97), ("%%"):format(), ("%c"):format(0) == "\0", ("%i"):format(7))
print(("%x %X %#x %o %#o %#X"):format(255, 255, 255, 8, 8, 171), ("%.3x"):format(5), ("%5x|%-5x|"):format(10, 10))
print(("%.20s"):format("short"), ("%s %s"):format(1, 1.5), ("%s"):format(setmetatable({}, {__tostring = function() return "T" end})))
--> format refuses bad numbers of arguments and conversions
print(pcall(string.format, "%d")) print(pcall(string.format, "%d", "x")) print(pcall(string.format, "%d", 1.5)) print(pcall(string.format, "%y", 1))
print(pcall(string.format, "%", 1)) print(pcall(string.format, "%0123d", 1)) print(pcall(string.format, "%.123d", 1)) print(pcall(string.format, "%d", "10"))
print(pcall(string.format)) print(pcall(string.format, {})) print(pcall(string.format, "%s")) print(pcall(string.format, "%c", "x"))
print(pcall(string.format, "%d", 2^53)) print(pcall(string.format, "%d", -2^63)) print(pcall(string.format, "%x", -1))
--> format of the largest and smallest numbers
print(("%g %g %g %g"):format(1e100, 1e-100, 123456789, 0.0001), ("%.3g %.10g"):format(2/3, 2/3), ("%e"):format(0), ("%.0e"):format(12345))
print(("%f"):format(1e15), ("%.1f"):format(0.05), ("%.0f %.0f %.0f"):format(0.5, 1.5, 2.5), ("%a"):format(1), ("%a"):format(0.5), ("%.2f"):format(-0.001))
print(("%.14g"):format(2^53), ("%.17g"):format(0.1), ("%.99f"):format(1/3):sub(1, 20), ("%5.1f|%-7.2e|"):format(-1.25, 12345.678))
print(("%g"):format(1e15), ("%g"):format(1e16), ("%g"):format(100000), ("%g"):format(1000000), ("%#g"):format(1), ("%G"):format(1e-10))
--> gsub replacements know percent and digits only
print(("hello world"):gsub("o", "%%"), ("hello"):gsub("l", "[%0]"), ("hello"):gsub("(l)(o)", "%2%1"), ("abc"):gsub("", "-"))
print(pcall(string.gsub, "abc", "b", "%2")) print(pcall(string.gsub, "abc", "b", "%x")) print(pcall(string.gsub, "abc", "b", "%")) print(("abc"):gsub("b", "%1"))
print(("abc"):gsub("%w", {a = 1, b = "B", c = false})) print(pcall(string.gsub, "abc", "%w", {a = {}})) print(pcall(string.gsub, "abc", "%w", {b = true}))
print(pcall(string.gsub, "abc", "%w", function() return {} end)) print(("abc"):gsub("%w", function(c) if c == "b" then return nil end return c:upper() end))
print(("abc"):gsub("%w", "x", 0), ("abc"):gsub("%w", "x", -1), ("abc"):gsub("%w", "x", 2), pcall(string.gsub, "abc", "b"))
--> position captures
print(("hello"):find("()ll()"), ("hello"):match("()ll()"), ("abc"):gsub("()", "%1"), ("flaaap"):match("()aa()"))
for a, b in ("k1=v1, k2=v2"):gmatch("()%w+=()%w+") do io.write(a, ":", b, " ") end print()
--> repetition is greedy or not
print(("aaab"):match("a*"), ("aaab"):match("a-"), ("aaab"):match("a-b"), ("aaab"):match("a+b"), ("aaab"):match("a?b"), ("<a><b>"):match("<.->"), ("<a><b>"):match("<.*>"))
print(("x=1"):match("^(%w+)%s*=%s*(%d+)$"), ("  trim me "):match("^%s*(.-)%s*$") .. "|", ("a.b.c"):gsub("%.", "/"), ("2024-05-06"):match("(%d+)-(%d+)-(%d+)"))
--> balanced and frontier patterns at the edges
print(("(a(b)c)d"):match("%b()"), ("(((a)"):match("%b()"), ("THE (quick) fox"):find("%((%a+)%)"), ("[[x]]"):match("%b[]"))
print(("THE (quick) fox"):gsub("%f[%a]%a+", function(w) return w:lower() end), ("a1b2"):gsub("%f[%d]", "|"), ("hello"):find("%f[%z]"), ("x"):match("%f[\0]") == "")
print(pcall(string.find, "a", "%f")) print(pcall(string.find, "a", "%b")) print(pcall(string.find, "a", "%ba"))
--> classes and sets with ranges, complements and escapes
local all = {} for i = 0, 255 do all[#all + 1] = string.char(i) end all = table.concat(all)
for _, c in ipairs{"%a", "%c", "%d", "%g", "%l", "%p", "%s", "%u", "%w", "%x", "%A", "%C", "%D", "%G", "%L", "%P", "%S", "%U", "%W", "%X", "[a-f]", "[^a-f]", "[%a_]", "[]]", "[^]]", "[a-]", "[-a]", "[%-x]", "[a-%%]", "."} do
  local n = 0 for _ in all:gmatch(c) do n = n + 1 end io.write(c, "=", n, " ") end print()
--> malformed patterns say what is wrong
for _, q in ipairs{"[", "[a", "[^", "[%", "%", "(", "(()", ")", "%1", "(%1)", "a)", "[]", "[^]", "((((((((((((((((((((((((((((((((a", "%b", "x%"} do
  print(q, pcall(string.find, "some text (a)", q)) end
--> rep, reverse, sub and byte at their edges
print(("x"):rep(0), ("x"):rep(-1), ("ab"):rep(3, ","), ("x"):rep(1, "sep"), (""):rep(100), ("x"):rep(2, ""))
print(("hello"):sub(2), ("hello"):sub(-3), ("hello"):sub(2, -2), ("hello"):sub(0), ("hello"):sub(10), ("hello"):sub(-100, 2), ("hello"):sub(3, 2), ("hello"):sub(2^53))
print(("hello"):byte(), ("hello"):byte(10), ("hello"):byte(1, -1)) print(select("#", ("hello"):byte(10)), select("#", (""):byte(1, -1)), ("hello"):byte(-1), ("\255\0"):byte(1, 2))
print(pcall(string.char, 256)) print(pcall(string.char, -1)) print(string.char(), pcall(string.char, "x")) print(pcall(string.rep)) print(pcall(string.rep, "x", {}))
--> numbers in strings are numbers in arithmetic
print("10" + 5, "0x10" * 2, " 5 " - 1, "1e1" / 2, 10 .. 20, "3" ^ 2, -"2", "7" % "4", "1" + "2")
print(pcall(function() return "x" + 1 end)) print(pcall(function() return {} .. "x" end)) print(pcall(function() return 1 < "2" end)) print(pcall(function() return "1" < 2 end))
print("10" == 10, "a" < "b", "a" < "B", "" < "a", "a\0b" < "a\0c", "Z" < "a", "10" < "9")
--> tonumber of texts with signs, spaces and exponents
for _, s in ipairs{"10", " 10 ", "10a", "", " ", "1e", "1e+", "1e1", ".5", "5.", ".", "0x", "0x1p4", "0x.8", "0xA.8p1", "1 2", "- 1", "-1", "+1", "--1", "0x-1", "1_000", "1e400", "-1e400", "\t1\n", "1\0", "0b1", "1f", "0x1g", "infinity", "nan", "1,5"} do
  io.write(s:gsub("%c", "?"), "=", tostring(tonumber(s)), "; ") end print()
print(tonumber("z", 36), tonumber("Z", 36), tonumber("ff", 16), tonumber("FF", 16), tonumber("8", 8), tonumber("777", 8), tonumber("1010", 2), tonumber(" 11 ", 2), tonumber("-11", 2), tonumber("1.5", 10), tonumber("", 10), tonumber("1e1", 16))
print(pcall(tonumber, "1", 1)) print(pcall(tonumber, "1", 37)) print(pcall(tonumber)) print(pcall(tonumber, 10, 16)) print(pcall(tonumber, {}, 16)) print(tonumber({}), tonumber(nil), tonumber(true))
--> numbers as text
print(1, 1.0, -0.0, 1e15, 1e14, 123456789012345, 1e100, 0.1, 1/3, -1/3, 100, 1e2, 2^31, 2^53, 2^63, 1e-5, 123.456, 5e-324, 1.7976931348623157e308)
print(1/0, -1/0, 0/0 ~= 0/0, 3 % -2, -3 % 2, 5.5 % 2, -5.5 % 2, 1e15 % 7, 2^0.5, 10 / 2)
--> modulo with infinities and signs
print(5 % 3, -5 % 3, 5 % -3, -5 % -3, 0 % 5, -0 % 5, 5.25 % 0.5, 1 % 0.1 < 0.1, 5 % (1/0) ~= 5 % (1/0), 1e300 % 7)
print(2^-1, (-2)^2, -2^2, 2^3^2, (-8)^(1/3) ~= (-8)^(1/3), 0^0, (1/0)^0)
--> the for loop counts without surprises
for i = 1, 3 do io.write(i, " ") end for i = 3, 1, -1 do io.write(i, " ") end for i = 1, 0 do io.write("never") end for i = 1, 2, 0.5 do io.write(i, " ") end print()
pcall(function() for i = '1', 2 do io.write(i, ' ') end end) for i = 0.1, 0.35, 0.1 do io.write(i, " ") end for i = 1, -1/0, -1 do io.write(i, " ") if i < -2 then break end end print()
print(pcall(function() for i = "x", 2 do end end)) print(pcall(function() for i = 1, {} do end end)) print(pcall(function() for i = 1, 2, nil do end end)) print(pcall(function() for i = 1, 2, 0 do break end end))
local n = 0 for i = 1, 3 do local j = i i = 10 n = n + j end print(n)
--> the generic for calls until the first nil
local function range(n) return function(s, i) if i < s then return i + 1, -i end end, n, 0 end
for a, b in range(3) do io.write(a, ",", b, " ") end print()
print(pcall(function() for x in 5 do end end)) print(pcall(function() for x in nil do end end))
local t = setmetatable({}, {__call = function(self, s, c) c = (c or 0) + 1 if c <= 2 then return c end end}) for i in t do io.write(i, " ") end print()
--> goto continues, leaves and repeats
for i = 1, 3 do for j = 1, 3 do if j == 2 then goto continue end io.write(i, j, " ") ::continue:: end end print()
do local i = 1 ::top:: if i <= 3 then io.write(i, " ") i = i + 1 goto top end end print()
local fs = {} do local k = 0 ::again:: local x = k fs[#fs + 1] = function() x = x + 1 return x end k = k + 10 if k < 30 then goto again end end print(fs[1](), fs[1](), fs[2](), fs[3]())
for i = 1, 2 do while true do if i == 1 then goto next end break end io.write("end ", i, " ") ::next:: end print()
print(load("goto nowhere")) print(load("do ::a:: end goto a")) print(load("::a:: ::a::")) print(load("goto f local x ::f:: print(x)")) print(load("break")) print(load("repeat if x then goto c end local y ::c:: until y"))
--> break and nested loops
for i = 1, 5 do if i == 3 then break end io.write(i, " ") end local i = 0 while true do i = i + 1 if i > 4 then break end end print(i)
repeat local x = i i = i - 1 until x < 2 print(i) for i = 1, 2 do for j = 1, 5 do if j > i then break end io.write(i, ":", j, " ") end end print()
--> varargs in every place
local function n(...) return select("#", ...) end local function f(...) return ... end
print(n(), n(nil), n(nil, nil), n(f()), n(f(nil)), n(f(1, 2), 3), n(3, f(1, 2)), (f(1, 2)), n((f())), #{f(1, 2), f(1, 2)})
local function g(a, ...) local b, c = ... return a, b, c, select("#", ...) end print(g(1), g(1, 2), g(1, 2, 3, 4))
local t = {n = select("#", f(1, nil, 3)), f(1, nil, 3)} print(t.n, t[1], t[3]) print(select(2, "a", "b", "c"), select(-1, "a", "b", "c"), select(-2, "a", "b", "c")) print(pcall(select, 0)) print(pcall(select, -5, 1)) print(select(5, 1, 2))
print((select("#"))) print(table.pack(f(nil, nil)).n, table.unpack({1, 2, 3}, 2), table.unpack({1, 2, 3}, 2, 3), table.unpack({}, 1, 2))
--> assignments are adjusted and happen together
local a, b, c = 1 print(a, b, c) local d, e = 1, 2, 3 print(d, e) a, b = b, a print(a, b) local t = {} t.x, t.y = 1 print(t.x, t.y)
local i = 1 i, t[i] = i + 1, 20 print(i, t[1], t[2]) local function two() return 1, 2 end local x, y, z = two() print(x, y, z) x, y, z = two(), 10 print(x, y, z) x, y, z = 0, two() print(x, y, z)
--> and, or and not give operands
print(nil and 1, false and 1, 1 and 2, 1 or 2, nil or 2, false or nil, nil or false, not nil, not 0, not "", 1 and nil or 3, false == nil, 1 and 2 or 3)
local function f(x) io.write(tostring(x), " ") return x end local _ = f(false) and f(1) or f(2) print() _ = f(1) or f(2) print() print((f(nil) or f(3)) and f(4))
--> concatenation is right associative and takes numbers
print(1 .. 2 .. 3, "a" .. 1.5 .. "b", 2^53 .. "", -0.0 .. "", 1e100 .. "x", 0.1 .. "", (1/0) .. "") local t = setmetatable({}, {__concat = function(a, b) return (type(a) == "table" and "T" or a) .. "+" .. (type(b) == "table" and "T" or b) end})
print(t .. 1, 1 .. t, "a" .. t .. "b", t .. t, "x" .. "y" .. t, 1 .. 2 .. t)
--> index metamethods chain through tables and functions
local a = setmetatable({}, {__index = setmetatable({x = 1}, {__index = function(t, k) return k .. "!" end})}) print(a.x, a.y, rawget(a, "x"), a[1])
local log = {} local b = setmetatable({}, {__newindex = function(t, k, v) rawset(t, k, v * 2) end}) b.x = 5 b.x = 6 print(b.x) local c = setmetatable({}, {__newindex = log}) c.z = 1 print(rawget(c, "z"), log.z)
print(pcall(function() local d = setmetatable({}, {__index = 5}) return d.x end)) print(("x").y, pcall(function() return (5).x end)) print(pcall(function() local n = nil return n.x end))
local e = setmetatable({}, {}) getmetatable(e).__index = e print(pcall(function() return e.x end)) print(pcall(function() e = setmetatable({}, {__newindex = 1}) e.x = 1 end))
--> comparison metamethods and their fallbacks
local mt = {__lt = function(a, b) return a.v < b.v end, __eq = function(a, b) return a.v == b.v end} local function o(v) return setmetatable({v = v}, mt) end
print(o(1) < o(2), o(1) > o(2), o(1) <= o(1), o(2) <= o(1), o(1) >= o(2), o(1) == o(1), o(1) ~= o(1), o(1) == 1) mt.__le = function(a, b) return "yes" end print(o(5) <= o(1), o(5) >= o(1))
print(pcall(function() return {} < {} end)) print(pcall(function() return {} < 1 end)) print(pcall(function() return nil < 1 end)) print(pcall(function() return true <= false end)) print(pcall(function() return print < print end)) print(pcall(function() return o(1) < 1 end))
local other = setmetatable({v = 1}, {__eq = function() return true end}) print(o(1) == other, rawequal(o(1), o(1)))
--> arithmetic metamethods on either side
local mt = {} for _, e in ipairs{"add", "sub", "mul", "div", "mod", "pow", "unm"} do mt["__" .. e] = function(a, b) return e .. ":" .. type(a) .. "," .. type(b) end end local t = setmetatable({}, mt)
print(t + 1, 1 - t, t * t, t / "x", "5" % t, t ^ 2, -t)
print(pcall(function() return {} + 1 end)) print(pcall(function() return 1 + nil end)) print(pcall(function() return -{} end)) print(pcall(function() local x = "a" return x * 2 end)) print(pcall(function() return 2 ^ {} end))
--> len, call and tostring metamethods
local t = setmetatable({1, 2, 3}, {__len = function() return 42 end, __call = function(self, ...) return select("#", ...), ... end, __tostring = function() return "tee" end}) print(#t, rawlen(t), (t()), t(1, nil), tostring(t), #"abc", pcall(function() return #5 end))
local c = setmetatable({}, {__call = t}) print(select('#', (pcall(c, 1)))) print(pcall(function() local u = {} u() end)) print(pcall(function() u.x.y() end)) print(type(select(2, pcall(tostring, setmetatable({}, {__tostring = function() return {} end})))))
print(getmetatable(setmetatable({}, {__metatable = "locked"})), pcall(setmetatable, setmetatable({}, {__metatable = 1}), {}))
--> pairs with its own metamethod, next and ipairs
local t = setmetatable({}, {__pairs = function(t) return function(_, k) if not k then return 1, "one" end end, t, nil end}) for k, v in pairs(t) do print(k, v) end
local p = setmetatable({}, {__ipairs = function(t) return function(_, i) if i < 2 then return i + 1, "v" .. i end end, t, 0 end}) for i, v in ipairs(p) do print(i, v) end
print(next({}), next({5}), next({}, nil), type(next), pcall(next, {}, 1)) print(rawlen({1, 2}), rawlen("abc"), pcall(rawlen, 5)) print(rawequal("a", "a"), rawequal({}, {}), rawget({5}, 1), pcall(rawset, {}, nil, 1))
--> table functions check their arguments
print(pcall(table.concat, {1, {}, 3})) print(pcall(table.concat, {1, 2}, ",", 1, 3)) print(table.concat({}, ","), table.concat({1}, ","), table.concat({1, 2, 3}, "-", 2), table.concat({1, 2, 3}, "-", 2, 2), table.concat({1, 2}, "", 3)) print(pcall(table.concat, 5)) print(pcall(table.concat, {}, {}))
print(pcall(table.insert, {}, 1, 2, 3)) print(pcall(table.insert, {}, 5, 1)) print(pcall(table.insert, {})) print(pcall(table.insert, nil, 1)) print(pcall(table.insert, {1, 2}, 0, 1)) print(pcall(table.insert, {}, "x", 1))
print(table.remove({}), table.remove({1, 2, 3}), table.remove({1, 2, 3}, 1), pcall(table.remove, {1, 2}, 5), table.remove({}, 0), table.remove({1}, 2)) print(pcall(table.unpack, {}, 1, 1e8))
--> sort takes any consistent order
local t = {5, 2, 8, 1} table.sort(t) print(table.concat(t, " ")) table.sort(t, function(a, b) return a > b end) print(table.concat(t, " ")) local w = {"banana", "apple", "Cherry"} table.sort(w) print(table.concat(w, " "))
print(pcall(table.sort, {1, "x"})) print(pcall(table.sort, {{}, {}})) print(pcall(table.sort, {3, 1, 2}, 5)) table.sort({}) table.sort({1})
local u = {} for i = 1, 100 do u[i] = (i * 37) % 101 end table.sort(u) local ok = true for i = 2, 100 do ok = ok and u[i - 1] <= u[i] end print(ok) print(pcall(table.sort, {1, 2, 3}, function() error("in order") end))
--> constructors mix everything
local t = {1, 2; 3, x = 4, ["y z"] = 5, [10] = 6, f = function() return 7 end, {8}} print(t[1], t[3], t.x, t["y z"], t[10], t.f(), t[4][1], #t) print(#{nil}, #{n = 1}, #{1, 2, nil}, next({}, nil)) local u = {[1] = "a", "b"} print(u[1])
print({} == {}, #{{}, {}}, ({1, 2, 3})[2], ({x = {y = 1}}).x.y, #{(function() return 1, 2 end)()}, #{(function() return 1, 2 end)(), 1})
--> closures keep their own variables
local fs = {} for i = 1, 3 do fs[i] = function() i = i + 1 return i end end print(fs[1](), fs[1](), fs[2](), fs[3]()) local function mk() local n = 0 return function() n = n + 1 return n end, function() return n end end local inc, get = mk() inc() inc() print(get()) local inc2, get2 = mk() print(get2(), get())
local a = {} local x = 20 for i = 1, 3 do local y = 0 a[i] = function() y = y + 1 x = x + 1 return x + y end end print(a[1](), a[1](), a[2](), x) local k = 0 while k < 2 do local z = k fs[k] = function() z = z + 10 return z end k = k + 1 end print(fs[0](), fs[0](), fs[1]())
--> recursion through locals, methods and itself
local function fact(n) return n <= 1 and 1 or n * fact(n - 1) end print(fact(10), fact(20))
local o = {a = {}} function o.a.b(x) return x end function o.a:c(x) return self == o.a, x end print(o.a.b(1), o.a:c(2)) local even, odd function even(n) if n == 0 then return true end return odd(n - 1) end function odd(n) if n == 0 then return false end return even(n - 1) end print(even(10000), odd(7))
local f f = function(n) if n > 0 then return f(n - 1) end return "deep" end print(f(100000))
--> errors name variables, fields, methods and upvalues
local up local function try(f) print(select(2, pcall(f))) end local t = {x = {}}
try(function() local a a() end) try(function() up() end) try(function() glob() end) try(function() t.y() end) try(function() t.x.y.z = 1 end) try(function() t:m() end) try(function() t.x:m() end) try(function() local a = {} a.b.c = 1 end)
try(function() return up.x end) try(function() return glob.x end) try(function() return t.y.z end) try(function() return t[1][2] end) try(function() t[nil] = 1 end) try(function() t[0/0] = 1 end) try(function() return 1 + t end) try(function() return t.x + 1 end) try(function() return up .. "x" end) try(function() return "x" .. glob end) try(function() return t.x .. "x" end)
try(function() return #up end) try(function() return #glob end) try(function() return -t.x end) try(function() local a = "x" return a + 1 end) try(function() return ("x")() end) try(function() return (1)() end) try(function() string.rep() end) try(function() ("x"):rep() end) try(function() ("x"):nosuch() end) try(function() return math.floor("x") end) try(function() return math.floor({}) end) try(function() setmetatable(1, {}) end) try(function() return ("x"):rep(1, 2, 3) .. nil end)
--> errors carry values, levels and positions
print(pcall(error)) print(pcall(error, nil)) print(pcall(error, "x", 0)) print(pcall(error, "x", 1)) print(pcall(error, "x", 2)) print(pcall(error, 5)) print(pcall(error, true))
local function lvl(n) error("at", n) end print(pcall(lvl, 1)) print(pcall(lvl, 2)) print(pcall(function() lvl(2) end)) print(pcall(function() lvl(3) end)) print(pcall(assert, false)) print(pcall(assert, nil, "msg")) print(pcall(assert)) print(assert(1, 2, 3)) print(select("#", assert(1)))
--> pcall and xpcall nest and rethrow
print(pcall(pcall, error, "x")) print(pcall(pcall)) print(xpcall(error, function(m) return "H:" .. tostring(m) end, "x")) print(xpcall(function(...) return ... end, print, 1, 2)) print(pcall(xpcall)) print(pcall(xpcall, print))
print(pcall(function() local ok, e = pcall(error, "inner", 0) error("outer:" .. e, 0) end)) print(xpcall(function() local x = nil; x() end, function(m) return (m:gsub("^.-:%d+: ", "")) end)) print(pcall(nil)) print(pcall(5)) print(xpcall(nil, function(m) return "h " .. m end))
print(select("#", pcall(function() end)), pcall(function() return nil, nil end))
--> coroutines pass values both ways
local co = coroutine.create(function(a, b) print("start", a, b) local c = coroutine.yield(a + b) print("got", c) local d, e = coroutine.yield(c * 2) print("got", d, e) return "done", 99 end)
print(coroutine.resume(co, 1, 2)) print(coroutine.status(co)) print(coroutine.resume(co, 10)) print(coroutine.resume(co, "x", "y")) print(coroutine.status(co)) print(coroutine.resume(co)) print(coroutine.resume(coroutine.create(function() end))) print(coroutine.resume(coroutine.create(function() return nil end)))
print(pcall(coroutine.create)) print(pcall(coroutine.create, 5)) print(pcall(coroutine.resume, 5)) print(pcall(coroutine.status, nil)) print(pcall(coroutine.yield)) print(select(2, coroutine.running())) print(pcall(coroutine.wrap))
--> coroutines end by errors of their own
local co = coroutine.create(function() error("boom") end) print(coroutine.resume(co)) print(coroutine.status(co)) co = coroutine.create(function() error({}) end) print(type(select(2, coroutine.resume(co)))) local w = coroutine.wrap(function() error("wrapped", 0) end) print(pcall(w)) print(pcall(w)) w = coroutine.wrap(function() return 1 end) print(w()) print(pcall(w))
print(coroutine.resume(coroutine.create(function() local x = nil + 1 end))) print(coroutine.resume(coroutine.create(function() return pcall(coroutine.yield, 1) end))) co = coroutine.wrap(function() print(pcall(function() coroutine.yield(1) error("late") end)) return 2 end) print(co()) print(co())
--> coroutines yield across everything but sort and gsub
local co = coroutine.wrap(function() local t = setmetatable({}, {__index = function(_, k) return coroutine.yield(k) end, __add = function() return coroutine.yield("add") end, __call = function() return coroutine.yield("call") end, __lt = function() return coroutine.yield("lt") end, __concat = function() return coroutine.yield("concat") end, __len = function() return coroutine.yield("len") end, __eq = function() return coroutine.yield("eq") end, __newindex = function() coroutine.yield("newindex") end})
  print(t.x, t + 1, t(), t < t, t .. "x", #t, t == setmetatable({}, getmetatable(t))) t.y = 1 for i in function() return coroutine.yield("iter") end do print(i) break end return "end" end)
local r = co() while r ~= "end" do io.write(r, " ") r = co(r .. "!") end print()
print(coroutine.resume(coroutine.create(function() table.sort({1, 2, 3}, function() coroutine.yield() end) end))) print(coroutine.resume(coroutine.create(function() ("x"):gsub("x", coroutine.yield) end)))
--> producers, consumers and generators
local function gen(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i) end end) end local function filter(p, g) return coroutine.wrap(function() for x in g do if x % p ~= 0 then coroutine.yield(x) end end end) end
local x = gen(30) x() local primes = {} while true do local n = x() if n == nil then break end primes[#primes + 1] = n x = filter(n, x) end print(table.concat(primes, " "))
local function permgen(a, n) if n <= 1 then coroutine.yield(table.concat(a)) else for i = 1, n do a[n], a[i] = a[i], a[n] permgen(a, n - 1) a[n], a[i] = a[i], a[n] end end end for p in coroutine.wrap(function() permgen({1, 2, 3}, 3) end) do io.write(p, " ") end print()
--> load in its own environment
local env = {y = 5} local f = load("x = y * 2 return x, _ENV.y", "chunk", "t", env) print(f()) print(env.x, x) print(load("return ...", "=n")(1, 2)) print(load("syntax error here", "=name")) print(load("return 1 +", "@file.lua")) print(load("x = = 1", "some text")) print(load("\n\nx = }", "=l"))
local i = 0 print(load(function() i = i + 1 return ({"return ", "4", "2"})[i] end)()) print(pcall(load, 5)) print(load("return _ENV", "e", "t", 7)()) local g = load("local a = ... return function() a = a + 1 return a end")(10) print(g(), g()) print(type(load(""))) print(load("return 1", "=x", "b")) print(pcall(load("error('in chunk')", "=chunk")))
--> environments as locals and parameters
local function f(_ENV) x = 1 return x, y end local t = {y = 2} print(f(t)) print(t.x) do local _ENV = {print = print} print(x, tostring) z = 3 end print(z) local _ENV = setmetatable({}, {__index = _G}) w = 5 print(w, _G.w, rawget(_ENV, "w"))
--> strings with escapes of every kind
print("a\tb\\n\"q\" 'q'", 'a\'b', "\65\066\x43\z
     end", #"\0\00\000", "\a\b\f\v" == "\7\8\12\11")
print([[long
string]], [==[with ]] inside]==], #[[
first newline is skipped]], "line \
continued") print(#"\r\n", "\x41\x5a", '\'') print(load([[return "\q"]])) print(load([[return "\300"]])) print(load([[return "\xg1"]])) print(load('return "open')) print(load("return [[open")) print(load("return 'a\nb'")) print(load("x = [=x"))
--> comments of both kinds
print(1) -- short
--[[ long
over lines ]] print(2) --[==[ with ]] inside ]==] print(3)
---[[ not long
print(4) --]]
print(load("--[[ open")) --
--> numerals in every form
print(3, 3., .5, 3e2, 3.5E-1, 0xff, 0XA, 0x.8, 0x1p4, 0x1P-2, 1e308 * 10, 0xA.8, 1E+2, 00012, 0x10000000000000000)
for _, s in ipairs{"3x", "0x", "1e", "1..2", "0xg", "1e+", "3.4.5", "0x1p", ".e1", "0x.p1"} do print(s, load("return " .. s)) end
--> syntax errors are near their token
for _, s in ipairs{"x", "x =", "x = 1 2", "if x", "if x then", "for", "for i", "for i =", "for i = 1", "for i = 1 do", "for i, j", "function", "function f", "function f(", "function f(a,", "function f(...", "local", "local function", "local 5", "return return", "end", "until", "repeat", "repeat until", "while", "while x", "do", "f(", "f(1", "f(1,", "t[", "t[1", "t.", "t:", "t:m", "{", "x = {", "x = {1", "x = {1,", "x = {[", "x = {[1]", "x = {a =", "x = 'a", "goto", "::a", "::", "x, y", "x, y =", "a.b:c = 1", "f() = 1", "(x) = 1", "x = function", "1 = x", "'a' = x", "local x <const> = 1", "x += 1", "x = a b", "x = not", "x = #", "@", "x = $", "!", "a = ~b", "a ~ = b", "local function f.x() end", "return 1,", "break x", "...", "x = ...y", "function f() ... end"} do print(s, select(2, load(s, "=s"))) end
--> limits of the parser
local many = {} for i = 1, 201 do many[i] = "local v" .. i end print(select(2, load(table.concat(many, "\n"), "=s"))) many = {} for i = 1, 199 do many[i] = "local v" .. i end print(type(load(table.concat(many, "\n"))))
print(type(load("return " .. ("("):rep(100) .. "1" .. (")"):rep(100)))) print(#load("return '" .. ("x"):rep(100000) .. "'")()) local s = {} for i = 1, 300 do s[i] = "x" .. i end print(type(load("local t = {" .. table.concat(s, ",") .. "} return #t")))
local calls = {} for i = 1, 250 do calls[i] = i end print(load("return " .. table.concat(calls, ","), "=s")) print(load("return f(" .. table.concat(calls, ",") .. ")", "=s"))
--> operators bind as the manual says
print(2 + 3 * 4 ^ 2 / 2, -2 ^ 2, not 1 == 2, 1 .. 2 == "12", 2 ^ -1, -3 % 5, 1 < 2 == true, "a" .. "b" == "ab" and 1 or 2, 5 - 3 - 1, 2 ^ 3 ^ 2, (2 ^ 3) ^ 2, 100 / 10 / 2, 7 % 4 * 2, -"2" + 1, not nil and 1, #"abc" + 1, -#"abc", not not nil, 1 or error("no"), nil and error("no"), - - 2, 1 - -1)
--> integers keep their digits up to two to the fifty-third
print(2^53, 2^53 + 1, 2^53 - 1, 9007199254740993, 123456789012345678, 1e17, 999999999999999, 99999999999999, 2^24, 2^31 - 1, 2^32, -2^31, 4294967296 * 2, 1e14 + 0.5) print(("%d"):format(2^53), ("%d"):format(1e15), ("%.0f"):format(2^60), 2^53 == 2^53 + 1, math.floor(2^40 + 0.5), 1e15 + 1)
--> bit32 wraps numbers to thirty-two bits
print(bit32.band(), bit32.bor(), bit32.bxor(), bit32.band(-1), bit32.band(2^32 + 5, 7), bit32.bnot(0), bit32.bor(1, 2, 4), bit32.bxor(255, 15), bit32.btest(1, 2), bit32.btest(3, 2), bit32.band(1.0, 3))
print(bit32.lshift(1, 31), bit32.lshift(1, 32), bit32.lshift(1, -1), bit32.rshift(-1, 28), bit32.rshift(1, -4), bit32.arshift(-8, 1), bit32.arshift(2^31, 31), bit32.arshift(8, 100), bit32.arshift(-8, 100), bit32.lrotate(1, 33), bit32.rrotate(1, 1), bit32.lrotate(0x80000001, 4), bit32.lrotate(1, -1))
print(bit32.extract(0xabcd, 4, 8), bit32.extract(0xabcd, 0), bit32.replace(0, 0xf, 4, 4), bit32.replace(-1, 0, 31)) print(pcall(bit32.extract, 1, 32)) print(pcall(bit32.extract, 1, 30, 3)) print(pcall(bit32.extract, 1, -1)) print(pcall(bit32.extract, 1, 0, 0)) print(pcall(bit32.band, "x")) print(pcall(bit32.band, {})) print(pcall(bit32.lshift, 1)) print(bit32.band("7", 3))
--> math at its edges
print(math.floor(-3.5), math.ceil(-3.5), math.floor(3), math.floor(2^70) == 2^70, math.abs(-0.0), math.abs(-2^53), math.fmod(5, 3), math.fmod(-5, 3), math.fmod(5, -3), math.modf(3.7), math.modf(-3.7), math.modf(1/0), math.modf(-1/0), math.modf(5))
print(math.max(1), math.max(1, 3, 2), math.min(2, -1), math.huge, -math.huge, math.pi, math.sqrt(16), math.exp(0), math.log(8, 2), math.log(100, 10), math.log(1), math.log(0), math.log10(1000), math.pow(2, 10), math.frexp(8), math.frexp(0), math.ldexp(0.5, 4), math.ldexp(1, -1074), math.deg(math.pi), math.rad(180))
print(pcall(math.max)) print(pcall(math.floor)) print(pcall(math.floor, "x")) print(math.floor("3.7")) print(pcall(math.random, 0)) print(pcall(math.random, 2, 1)) print(pcall(math.random, 1, 2, 3)) print(math.random(1), math.random(5, 5)) local r = math.random() print(r >= 0 and r < 1) for i = 1, 100 do local n = math.random(3) assert(n >= 1 and n <= 3) end print(math.sin(0), math.cos(0), math.tan(0), math.atan2(0, -1), math.atan2(-0.0, 1), math.sinh(0), math.cosh(0), math.tanh(0), math.asin(1), math.acos(1))
--> os.time and os.date agree
print(os.time{year = 2024, month = 2, day = 29, hour = 12}, os.time{year = 2024, month = 14, day = 1}, os.time{year = 1970, month = 1, day = 1, hour = 0}, os.date("!%Y-%m-%d %H:%M:%S", 86400), os.date("!%x %X %p %A %B %j", 0)) local t = os.date("!*t", 1e9) print(t.year, t.month, t.day, t.hour, t.min, t.sec, t.wday, t.yday, t.isdst)
print(pcall(os.time, {year = 2024})) print(pcall(os.date, "%Q", 0)) print(os.date("!%c", 0), os.date("!%d/%m/%y", 0), os.date("!%%", 0), os.date("!%H%M", 3600.0)) print(os.difftime(10, 5), type(os.time()), type(os.clock()), os.getenv("NO_SUCH_VARIABLE"), type(os.tmpname))
--> tostring tells types and addresses apart
print(tostring(nil), tostring(true), tostring("s"), tostring(12), tostring({}):match("^table: "), tostring(print):match("^function: "), tostring(function() end):match("^function: "), tostring(coroutine.create(print)):match("^thread: "), pcall(tostring)) local t = {} print(tostring(t) == tostring(t), tostring({}) ~= tostring({}))
--> keys of every type
local t = {} local k1, k2 = {}, function() end t[k1] = 1 t[k2] = 2 t[true] = 3 t[1.5] = 4 t["1"] = 5 t[1] = 6 t[-1] = 7 t[2^53] = 8 t[1/0] = 9 t[""] = 10 print(t[k1], t[k2], t[true], t[1.5], t["1"], t[1], t[-1], t[2^53], t[1/0], t[""], t[false], t[nil], t[0/0]) print(pcall(function() t[nil] = 1 end)) print(pcall(rawset, t, 0/0, 1)) t[1] = nil print(t[1], t["1"]) print(t[1.0], #t)
--> the length follows appends and removals
local t = {} for i = 1, 10 do t[#t + 1] = i end print(#t) for i = 1, 5 do t[#t] = nil end print(#t, t[5], t[6]) t[#t + 1] = "x" print(#t) table.insert(t, 1, "first") print(#t, t[1], t[7]) print(table.remove(t, 1), #t) for i = #t, 1, -1 do t[i] = nil end print(#t, next(t))
--> clearing fields while walking
local t = {} for i = 1, 20 do t[i] = i t["k" .. i] = i end local n = 0 for k in pairs(t) do t[k] = nil n = n + 1 end print(n, next(t)) for i = 1, 5 do t[i] = i end local sum = 0 for k, v in pairs(t) do t[k] = v * 2 sum = sum + v end print(sum, t[1], t[5])
--> methods and inheritance
local Animal = {} Animal.__index = Animal function Animal.new(n) return setmetatable({name = n}, Animal) end function Animal:speak() return self.name .. " speaks" end function Animal:type() return "animal" end
local Dog = setmetatable({}, {__index = Animal}) Dog.__index = Dog function Dog.new(n) return setmetatable(Animal.new(n), Dog) end function Dog:speak() return Animal.speak(self) .. " woof" end local d = Dog.new("Rex") print(d:speak(), d:type(), getmetatable(d) == Dog, rawget(d, "speak")) print(pcall(d.speak)) print(pcall(Animal.speak, {}))
--> string methods on literals and numbers
print(("%d items"):format(3), ("x"):rep(3), #("abc"):upper(), ("a,b,c"):find(",", 1, true), (5 .. ""):len(), ("x").len == string.len, pcall(function() return (5):len() end)) local s = "text" print(s:sub(1, 1):upper() .. s:sub(2), s:len(), s:byte(1), s.upper(s)) print(pcall(function() return s:nope() end)) print(pcall(function() return s.x.y end))
--> many results through many functions
local function f(n) if n == 0 then return end return n, f(n - 1) end print(f(5)) print((f(5))) print(f(3), f(2)) local t = {f(3), f(3)} print(#t) print(select("#", f(200))) print(table.unpack({f(10)})) print(math.max(f(50))) print(#table.pack(f(100))) print(string.char(f(3)):byte(1, -1)) print(pcall(f, 2)) local a, b, c, d = f(3) print(a, b, c, d)
--> tail calls of every kind of function
local function loop(n, ...) if n == 0 then return ... end return loop(n - 1, ...) end print(loop(50000, "a", "b")) local t = setmetatable({}, {__call = function(self, n) if n == 0 then return "called" end return self(n - 1) end}) print(t(1000)) print((function(...) return select("#", ...) end)(nil, nil)) local function g(...) return pcall(...) end print(g(error, "x", 0)) local function h() return coroutine.yield(1) end local co = coroutine.wrap(function() return h() end) print(co(), co("back")) local function s(n) if n == 0 then return tostring(n) end return s(n - 1) end print(s(10))
--> upvalues shared between closures and loops
local function make() local x = 0 local function a() x = x + 1 return x end local function b() return x end return a, b, function(v) x = v end end local a, b, set = make() a() a() print(b()) set(10) print(a(), b()) local list = {} for i = 1, 3 do local j = i * 10 list[i] = {get = function() return j end, set = function(v) j = v end} end list[1].set(99) print(list[1].get(), list[2].get()) local r = 0 repeat local q = r list[#list + 1] = function() return q end r = r + 1 until q >= 2 print(list[4](), list[5](), list[6]())
--> require, package and their tables
package.preload.mymod = function(name, ...) return {name = name, extra = select("#", ...)} end local m = require("mymod") print(m.name, m == require("mymod"), package.loaded.mymod == m) package.preload.nothing = function() end print(require("nothing"), package.loaded.nothing) print(pcall(require)) print(type(package.path), package.config:sub(1, 1)) print((select(2, pcall(require, "no.such.module")):match("^module 'no.such.module' not found:"))) print(package.loaded.string == string, package.loaded._G == _G, require("string") == string)
--> collectgarbage answers every option
print(type(collectgarbage("count")), collectgarbage("collect"), collectgarbage(), type(collectgarbage("step")), collectgarbage("isrunning"), type(collectgarbage("setpause", 200)), type(collectgarbage("setstepmul", 200)), collectgarbage("stop"), collectgarbage("restart")) print(pcall(collectgarbage, "nope"))
--> tracebacks begin with their message
print(debug.traceback("msg"):match("^msg\nstack traceback:\n")) print(debug.traceback():match("^stack traceback:\n")) print(debug.traceback({}) ~= nil, debug.traceback(nil) ~= nil, debug.traceback(5):match("^5\n")) print((select(2, xpcall(function() error("in f") end, debug.traceback)):match("^[^\n]+\nstack traceback:")))
--> io writes and refuses
print(io.write("a", 1, 2.5, "\n") == io.stdout) print(pcall(io.write, {})) print(io.type(io.stdout), io.type(5), io.type({})) print(pcall(io.open)) print(io.open("/no/such/file")) print(pcall(io.lines, "/no/such/file"))
--> tracebacks name every kind of call
local function inner() print(debug.traceback("here")) end
local t = {} function t.field() inner() end function t:method() t.field() end
function globalf() t:method() end
local up = function() globalf() end
local function tail() return up() end
local function withpcall() print(pcall(tail)) end
withpcall()
local co = coroutine.create(function() local x = nil; inner() coroutine.yield() error("in co") end)
coroutine.resume(co) print(debug.traceback(co)) print(debug.traceback(co, "msg")) print(debug.traceback(co, nil)) 
table.sort({3,2,1}, function(a, b) if not DONE then DONE = true inner() end return a < b end)
string.gsub("x", "x", function() inner() end)
setmetatable({}, {__index = function(t, k) inner() end}).x = nil
local v = setmetatable({}, {__index = function(t, k) inner() end}).x
local v = setmetatable({}, {__add = function(t, k) inner() end}) + 1
for _ in function() if not D2 then D2 = true inner() return 1 end end do end
load("local function f() inner2() end f()", "=chunk", "t", {inner2 = inner})()
print(xpcall(function() local x = nil; x() end, debug.traceback))
print(xpcall(function() error("e") end, function(m) return debug.traceback("T:" .. m, 1) end))
print(xpcall(function() error("e") end, function(m) return debug.traceback("T:" .. m, 2) end))
local function rec(n) if n == 0 then print(debug.traceback("deep")) else rec(n - 1) end return 1 end rec(30)
print(select(2, xpcall(string.rep, debug.traceback)))
local ok, e = pcall(error, setmetatable({}, {__tostring = function() return "obj" end})) print(tostring(e))
(function() inner() end)()
;({function() inner() end})[1]()
--> tracebacks of deep stacks, of coroutines and from any level
local function rec(n) if n == 0 then print(debug.traceback("deep")) else rec(n - 1) end return 1 end
for n = 15, 24 do rec(n) end
for n = 15, 24 do print(xpcall(function() local function r(k) if k == 0 then error("x") end r(k-1) return 1 end r(n) end, debug.traceback)) end
local co = coroutine.create(function() local function r(k) if k == 0 then coroutine.yield() end r(k-1) return 1 end r(25) end) coroutine.resume(co) print(debug.traceback(co)) print(debug.traceback(coroutine.create(print))) print(debug.traceback(coroutine.running(), "self"))
print(debug.traceback("lvl", 3)) print(debug.traceback("lvl", 0)) print(debug.traceback("lvl", 100)) print(debug.traceback(co, "l", 1)) print(debug.traceback(co, "l", 2))
