local function p(...) local t = table.pack(pcall(...)) for i = 1, t.n do t[i] = tostring(t[i]):gsub("%-nan", "nan"):gsub("%c", function(c) return "\\" .. c:byte() end) end print(table.concat(t, "|", 1, t.n)) end
for _, t in ipairs{0, 1, 86399, 86400, 951782400, 951868800, 1078012800, 1583020799, 1795307714, 4102444800, -1, -86401, -2208988800, -62135596801, 253402300799, 253402300800, 1735689599, 1767225600, 1609459200, 1640995200} do
  p(os.date, "!%c|%x|%X|%p|%r|%y|%Y|%j|%U|%W|%V|%G|%g|%u|%w|%a|%A|%b|%B|%C|%D|%e|%F|%H|%I|%M|%m|%n|%R|%S|%T|%t|%z|%Z|%%|%h|%d", t)
  local d = os.date("!*t", t)
  print(d.year, d.month, d.day, d.hour, d.min, d.sec, d.wday, d.yday, d.isdst, os.time(d))
end
for y = 1896, 2104, 4 do for m = 1, 13, 4 do print(y, m, os.time{year = y, month = m, day = 29, hour = 0}, os.date("!%F", os.time{year = y, month = m, day = 29})) end end
for i = 1, 40 do print(os.date("!%Y-%m-%d %V %U %W %j", 1230768000 + i * 86400 * 97)) end
p(os.time, {year = 2000, month = -5, day = 400, hour = -30, min = 999, sec = -9999})
p(os.date, "%Q") p(os.date, "%") p(os.date, "%Ea") p(os.time, {}) p(os.time, 1) p(os.date, "*t", "x") p(os.date, "!%H:%M", 3600.9)
print(os.difftime(10, 4), os.time{year = 2020, month = "2", day = "3", hour = "4"})
