--> indexes count from 1, and from -1 at the end
print(("hello"):sub(2, 3), ("hello"):sub(-3), ("hello"):sub(-3, -2), ("hello"):sub(2))
--> byte gives codes
print(("ABC"):byte(), ("ABC"):byte(2), ("ABC"):byte(-1), ("ABC"):byte(1, -1))
print(("ABC"):byte(10), select("#", ("ABC"):byte(10)), select("#", (""):byte(1, -1)))
print(pcall(string.byte))
print(pcall(string.byte, "a", "x"))
--> char makes a string of codes
print(string.char(72, 105), string.char() == "", #string.char(0, 255))
print(pcall(string.char, 256))
print(pcall(string.char, -1))
print(pcall(string.char, "x"))
print(pcall(string.char, 65, {}))
--> find looks for the first match
print(("hello world"):find("wor"), ("hello"):find("xyz"), ("hello"):find("l"), ("hello"):find(""))
--> find starts at init
print(("hello"):find("l", 4), ("hello"):find("l", 5), ("hello"):find("h", -5), ("hello"):find("", 6), ("hello"):find("", 7), ("hello"):find("h", -100))
--> find takes a plain text
print(("a.b"):find(".", 1, true), ("a.b"):find("%.", 1, true), ("a+b"):find("+", 1, true))
--> find gives captures
print(("key=value"):find("(%w+)=(%w+)"))
print(("hello"):find("()ll()"))
print(("hello"):find("(l)(l)", 1))
--> format s takes any value
print(("%s %s %s"):format(nil, true, 1), ("%s"):format(setmetatable({}, {__tostring = function() return "obj" end})))
print(("%10s|%-10s|%.2s|%5.1s|"):format("hi", "hi", "hello", "xyz"))
print(pcall(string.format, "%s"))
--> format d needs a whole number
print(("%d %5d %-5d| %05d %+d % d %.3d"):format(1, 2, 3, 4, 5, 6, 7))
print(("%d"):format(3.0), ("%d"):format("10"), ("%i"):format(-3))
print(pcall(string.format, "%d", 1.5))
print(pcall(string.format, "%d", "1.5"))
print(pcall(string.format, "%d", "x"))
print(pcall(string.format, "%d", 2^63))
--> format u o x X c
print(("%u %o %x %X %#x %#o %c%c"):format(7, 8, 255, 255, 255, 8, 72, 105))
print(pcall(string.format, "%x", -1))
print(pcall(string.format, "%c", "x"))
--> format e E f g G a A
print(("%e %.2e %E"):format(12345.678, 12345.678, 0.00012))
print(("%f %.0f %.3f %10.2f| %-10.2f| %+f"):format(1.5, 2.5, 1/3, 3.14159, 3.14159, 1))
print(("%g %g %g %g %.3g %#g %G"):format(100000, 1e6, 1e-5, 0.0001, 1234.5, 1, 1e-10))
print(("%a %A %.2a"):format(1, 0.5, 3.14159))
--> format of infinity and nan
print(("%f %g %e %5.1f|%-8f|"):format(1/0, -1/0, 1/0, 1/0, -1/0))
print(pcall(string.format, "%d", 1/0))
--> format q writes a string that lua reads back
print(("%q"):format('say "hi"\n\\ \0 \r \1272'))
print(load("return " .. ("%q"):format("a\0b\n\"\\\r\200"))() == "a\0b\n\"\\\r\200")
--> format refuses what it does not know
print(pcall(string.format, "%y", 1))
print(pcall(string.format, "%", 1))
print(pcall(string.format, "%123d", 1))
print(pcall(string.format, "%.123d", 1))
print(pcall(string.format, "%-+ #0-+ #0d", 1))
print(pcall(string.format))
print(("%%"):format(), ("100%%"):format(1))
--> gmatch gives the next match each time
for w in ("one two three"):gmatch("%a+") do print(w) end
for k, v in ("a=1, b=2"):gmatch("(%w+)=(%w+)") do print(k, v) end
--> gmatch of the empty pattern
local n = 0
for _ in ("abc"):gmatch("") do n = n + 1 end
print(n)
for a in ("abc"):gmatch("()") do io.write(a, " ") end print()
--> gmatch anchors nothing
for w in ("hello"):gmatch("^h") do print(w) end
print(pcall(string.gmatch, "x"))
--> gsub with a string
print(("hello world"):gsub("o", "0"))
print(("hello world"):gsub("(%w+)", "<%1>"))
print(("hello"):gsub("l", "%0%0"))
print(("hello"):gsub("l", "%%"))
print(("abc"):gsub("%w", "%1"))
print(pcall(string.gsub, "abc", "%w", "%2"))
print(pcall(string.gsub, "abc", "%w", "%x"))
--> gsub with a table
print(("$name-$age"):gsub("%$(%w+)", {name = "lua", age = 5}))
print(("$x"):gsub("%$(%w+)", {}))
print(("ab"):gsub("%w", {a = false, b = true} and {a = false}))
--> gsub with a function
print(("hello"):gsub("l", function(c) return c:upper() end))
print(("hello"):gsub("(h)(e)", function(a, b) return b .. a end))
print(("hello"):gsub("l", function() end))
print(("hello"):gsub("l", function() return false end))
print(pcall(string.gsub, "hello", "l", function() return {} end))
print(pcall(string.gsub, "hello", "l", function() error("inside") end))
--> gsub at most n times
print(("aaa"):gsub("a", "b", 2), ("aaa"):gsub("a", "b", 0), ("aaa"):gsub("a", "b", -1))
--> gsub with an anchor
print(("aaa"):gsub("^a", "b"), ("hello"):gsub("^", "> "), ("hello"):gsub("$", "!"))
--> gsub of empty matches
print(("abc"):gsub("", "-"), ("abc"):gsub("x*", "-"), (""):gsub("", "x"))
print(pcall(string.gsub, "x", "x"))
print(pcall(string.gsub, "x", "x", true))
--> len counts zeros too
print(("a\0b"):len(), #"a\0b", (""):len())
print(pcall(string.len))
print(string.len(123))
--> lower and upper know the letters of ASCII
print(("ÄÖ Hello"):lower(), ("ÄÖ hello"):upper())
--> match gives captures or the whole match
print(("hello 123"):match("%d+"), ("hello 123"):match("(%a+) (%d+)"), ("hello"):match("x"), ("hello"):match("h()", 1))
print(("hello"):match(".", -1), ("hello"):match("l+", 4))
--> rep repeats, with a separator
print(("ab"):rep(3), ("ab"):rep(3, ","), ("ab"):rep(0), ("ab"):rep(-1), ("ab"):rep(1, ","), (""):rep(10))
print(pcall(string.rep, "x"))
print(pcall(string.rep))
--> reverse
print(("hello"):reverse(), (""):reverse(), ("a\0b"):reverse() == "b\0a")
--> sub corrects places that are outside
print(("hello"):sub(0), ("hello"):sub(-100, 2), ("hello"):sub(4, 100), ("hello"):sub(4, 2) == "", ("hello"):sub(10) == "")
print(pcall(string.sub, "x"))
print(pcall(string.sub))
--> strings are objects
print(("x"):rep(3), #("x"):rep(3), ("%d"):format(5))
print(pcall(function() return ("x").y.z end))
print(("x").rep == string.rep, ("x").nothing)
--> character classes
local all = {}
for _, class in ipairs{"a", "c", "d", "g", "l", "p", "s", "u", "w", "x"} do
  local n = 0
  for i = 0, 255 do if string.char(i):find("%" .. class) then n = n + 1 end end
  local m = 0
  for i = 0, 255 do if string.char(i):find("%" .. class:upper()) then m = m + 1 end end
  print(class, n, m)
end
--> sets
print(("hello-world_9"):match("[%w_]+"), ("hello-world"):match("[%w%-]+"), ("x]y"):match("[]]"), ("x^y"):match("[x^]+"), ("a-z"):match("[a%-z]+"))
print(("abc"):match("[^a]+"), ("0x1F"):match("^0[xX](%x+)$"), ("b-"):match("[a-c-]+"))
--> repetition
print(("aaa"):match("a*"), ("aaa"):match("a+"), ("aaa"):match("a-"), ("aaab"):match("a-b"), ("aaa"):match("a?"), (""):match("a*") == "")
print(("<<a>>"):match("<(.-)>"), ("<<a>>"):match("<(.*)>"))
--> balanced matches
print(("f(a(b)c) d"):match("%b()"), ("((("):match("%b()"), ("[[x]]"):match("%b[]"))
print(pcall(string.match, "x", "%b"))
--> frontiers
print(("THE (quick) fox"):find("%f[%a]%a+%f[%A]"), ("hello"):gsub("%f[%w]%w+", "X"), ("x"):find("%f[%z]"))
print(pcall(string.find, "x", "%f"))
--> back references
print(("\"hello\" 'x'"):match("([\"'])(.-)%1"), ("abab"):match("(ab)%1"), ("abac"):match("(ab)%1"))
print(pcall(string.match, "x", "%1"))
--> malformed patterns
for _, p in ipairs{"[", "[a", "[]", "[^]", "%", "(", ")", "(()", "[%", "[a-%"} do print(p, pcall(string.find, "x", p)) end
--> too many captures
print(pcall(string.find, ("x"):rep(40), ("(x)"):rep(33)))
print(select("#", ("x"):rep(40):find(("(x)"):rep(32))))
--> comparison goes by bytes
print("a" < "b", "a" < "B", "" < "a", "a" < "aa", "Z" < "a", "\200" > "a", "a\0b" > "a\0a", "10" < "9")
--> numbers become strings and strings numbers
print("10" + 5, "3" * "4", 10 .. 20, "0x10" + 0, -"2", "1e1" + 0)
print(pcall(function() return "x" + 1 end))
print(pcall(function() return {} .. "x" end))
print(pcall(function() return "a" < 1 end))
--> escapes
print("\65\066\x43\z
       D")
