local function p(...) local t = table.pack(pcall(...)) for i = 1, t.n do t[i] = tostring(t[i]):gsub("%-nan", "nan"):gsub("%c", function(c) return "\\" .. c:byte() end) end print(table.concat(t, "|", 1, t.n)) end
local t = {5, 2, 8, 1, 9, 3}
table.sort(t) print(table.concat(t, " "))
table.sort(t, function(a, b) return a > b end) print(table.concat(t, " "))
local words = {"pear", "apple", "fig", "Banana", "\200", "", "a\0b", "a"}
table.sort(words) for i, w in ipairs(words) do print(i, (w:gsub("%W", "?"))) end
local records = {} for i = 1, 50 do records[i] = {k = (i * 7919) % 101, i = i} end
table.sort(records, function(a, b) return a.k < b.k end)
for i = 2, 50 do assert(records[i - 1].k <= records[i].k) end print(records[1].k, records[50].k)
local big = {} for i = 1, 2000 do big[i] = (i * 7919) % 4001 end table.sort(big) for i = 2, 2000 do assert(big[i - 1] < big[i]) end print(big[1], big[1000], big[2000])
p(table.sort, {1, 2, 3, 4, 5, 6}, function() return true end)
p(table.sort, {1, "x", 2}) p(table.sort, {3, 1, {}}) p(table.sort, {1, 2, 3}, 42)
print(select("#", table.unpack({1, nil, 3}, 1, 3)), table.unpack({1, 2, 3}, -1, 1))
t = {} table.insert(t, "a") table.insert(t, 1, "b") table.insert(t, 3, "c") print(table.concat(t, ","), table.remove(t, 1), table.remove(t), #t, table.remove(t), table.remove(t), #t)
t = {1, 2, 3, 4, 5} print(table.remove(t, 2), table.concat(t, ",")) table.insert(t, 2, "x") print(table.concat(t, ","), #t)
for i = 1, 100 do table.insert(t, 1, i) end print(#t, t[1], t[100], t[105])
for i = 1, 100 do table.remove(t, 1) end print(#t, table.concat(t, ","))
print(table.pack(1, nil, 3).n, #table.pack(), table.concat({1, 2, 3}, ", ", 2, 3), table.concat({}, "x") == "")
p(table.insert, {1, 2, 3}, 6, "x") p(table.insert, {}, 1, 2, 3) p(table.remove, {1, 2}, 7) p(table.concat, {1, {}, 3}) p(table.unpack, {}, 1, 1e8)
print(unpack({1, 2})) print(table.maxn{1, 2, nil, 4, [10.5] = 1})
local proxy = setmetatable({}, {__len = function() return 2 end}) rawset(proxy, 1, "one") rawset(proxy, 2, "two")
print(table.concat(proxy, "+"), table.unpack(proxy))
