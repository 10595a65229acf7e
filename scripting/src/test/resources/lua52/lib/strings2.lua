local zero = 0 local minus_zero = -zero
local function p(...) local t = table.pack(pcall(...)) for i = 1, t.n do t[i] = tostring(t[i]):gsub("%-nan", "nan"):gsub("%c", function(c) return "\\" .. c:byte() end) end print(table.concat(t, "|", 1, t.n)) end
-- splitting, trimming, joining, as people do it
local function split(s, sep) local out = {} for piece in (s .. sep):gmatch("(.-)" .. sep:gsub("%p", "%%%0")) do out[#out + 1] = piece end return out end
print(table.concat(split("a,b,,c", ","), "|"))
print(("  trim me \t"):match("^%s*(.-)%s*$") .. "|")
print(("key = value"):match("^(%w+)%s*=%s*(%w+)$"))
print(("hello world"):gsub("o", "0", 1))
print(("hello world"):gsub("(%w+) (%w+)", "%2 %1"))
print(("$name is $age"):gsub("%$(%w+)", {name = "Bob", age = 42}))
print(("abc"):gsub("", "-"))
print(("abc"):gsub(".", function(c) if c == "b" then return "[" .. c .. "]" end end))
print(("THE (quick) fox"):find("%((%a+)%)"))
print(("f(a(b)c)d"):match("%b()"))
print(("THE (quick) fox"):gsub("%f[%a]%a+", string.lower))
print(("x"):rep(3, ", "), ("ab"):reverse(), ("MiXed"):upper(), ("MiXed"):lower(), #"\0\0")
print(("abc"):byte(1, -1), ("abc"):sub(-2), ("abc"):sub(2, 10), ("abc"):sub(0), ("abc"):sub(3, 2) == "")
print(string.format("%5d|%-5d|%05d|%+d|% d", 42, 42, 42, 42, 42))
print(string.format("%x %X %#x %o %c %e %E", 255, 255, 255, 8, 65, 12345.678, 0.00012))
print(string.format("%g %g %g %g %g", 1e20, 0.1, 100, 1e-5, 123456789))
print(string.format("%.3f %10.2f|%-10.2f| %.0f", 3.14159, 2.5, 2.5, 0.5))
print(string.format("%q", 'a "quoted" \\ string\nwith\0zero\r'))
print(string.format("%s %s %s", nil, true, 12), string.format("%10s|%-10s|%.2s", "hi", "hi", "hello"))
print(string.format("%a %A %.2a", 1, 0.5, 3.14159), string.format("%i", 3.99), string.format("%u", 42))
for i = 0, 255, 5 do
  local c = string.char(i)
  local classes = {}
  for _, class in ipairs{"a", "c", "d", "g", "l", "p", "s", "u", "w", "x", "z"} do
    classes[#classes + 1] = (c:find("%" .. class) and class or ".") .. (c:find("%" .. class:upper()) and class:upper() or ".")
  end
  print(i, table.concat(classes))
end
for k, v in string.gmatch("a=1, b=2", "(%w+)=(%w+)") do print(k, v) end
for w in ("one two  three"):gmatch("%S+") do io = io; print(w) end
local n = 0 for _ in ("aaa"):gmatch("()") do n = n + 1 end print(n)
print(pcall(string.format, "%d", "1.5"), pcall(string.format, "%d", {}))
print(("a.b.c"):find(".", 1, true), ("a.b.c"):find("%.", 3), ("abc"):find("c", -1), ("abc"):find("", 10))
print(tostring(1e15), 2^53, minus_zero, 1e100, 123456789012, 0.1, 1/3, 1e-5, 5 % 3, -5 % 3, 5.5 % -2)
print(#string.format("%99.99f", 1/3), string.format("%.14g", 0.1), string.format("%.17g", 0.1))
print(tostring(3) == "3", 10 .. "", 2^63, 1e14, 1e15, 123456.789e3)
print(tonumber("0x10"), tonumber("  12  "), tonumber("1e1"), tonumber("abc"), tonumber("10", 2), tonumber("zz", 36), tonumber("8", 8), tonumber(""), tonumber("0x"), tonumber("1 2"), tonumber("0x.8p1"))
print(("x"):rep(0) == "", ("x"):rep(-1) == "", ("ab"):rep(3), ("ab"):rep(2, "--"))
print(pcall(string.rep)) print(pcall(string.char, 256)) print(pcall(("x").bad))
print(string.len("\195\169"), ("\195\169"):upper() == "\195\169", ("\195\169"):byte(1, -1))
print(("%d"):rep(3, " "):format(1, 2, 3))
