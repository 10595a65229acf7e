--> concat puts strings and numbers together
print(table.concat({1, 2, "x"}), table.concat({1, 2, 3}, ", "), table.concat({1, 2, 3}, ", ", 2), table.concat({1, 2, 3}, ", ", 2, 3))
print(table.concat({}, "x") == "", table.concat({1, 2}, "x", 3) == "", table.concat({"a"}, "x"))
--> concat refuses other values
print(pcall(table.concat, {1, {}, 3}))
print(pcall(table.concat, {1, 2}, ",", 1, 3))
print(pcall(table.concat))
print(pcall(table.concat, {true}))
--> insert appends, or shifts up
local t = {1, 2}
table.insert(t, 3) table.insert(t, 1, 0) table.insert(t, 3, "x")
print(table.concat(t, " "))
--> insert refuses places out of bounds
print(pcall(table.insert, {1, 2}, 5, "x"))
print(pcall(table.insert, {1, 2}, 0, "x"))
print(pcall(table.insert, {1, 2}))
print(pcall(table.insert, {1}, 1, 2, 3))
print(pcall(table.insert, {}, "x", 1))
print(pcall(table.insert))
--> insert at the end plus one
local t = {1}
table.insert(t, 2, 2)
print(#t, t[2])
--> pack keeps the number of its arguments
local t = table.pack(1, nil, 3, nil)
print(t.n, t[1], t[2], t[3])
print(table.pack().n)
--> remove takes the last, or shifts down
local t = {1, 2, 3, 4}
print(table.remove(t), table.remove(t, 1), table.concat(t, " "))
print(table.remove({}), table.remove({}, 0), #t)
--> remove at the end plus one
local t = {1, 2}
print(table.remove(t, 3), #t)
--> remove refuses places out of bounds
print(pcall(table.remove, {1, 2, 3}, 7))
print(pcall(table.remove, {1, 2, 3}, -1))
print(pcall(table.remove))
--> sort puts a list in order
local t = {3, 1, 2}
table.sort(t)
print(table.concat(t, " "))
t = {"b", "a", "C"}
table.sort(t)
print(table.concat(t, " "))
--> sort takes an order
local t = {1, 2, 3, 4, 5}
table.sort(t, function(a, b) return a > b end)
print(table.concat(t, " "))
--> sort compares with metamethods
local mt = {__lt = function(a, b) return a.v < b.v end}
local t = {}
for _, v in ipairs{3, 1, 2} do t[#t + 1] = setmetatable({v = v}, mt) end
table.sort(t)
print(t[1].v, t[2].v, t[3].v)
--> sort fails on what cannot be compared
print(pcall(table.sort, {1, "x"}))
print(pcall(table.sort, {{}, {}}))
print(pcall(table.sort, {3, 2, 1}, 5))
print(pcall(table.sort))
--> sort of many
local t = {}
local seed = 42
for i = 1, 1000 do seed = (seed * 1103515245 + 12345) % 2147483648 t[i] = seed end
table.sort(t)
local ok = true
for i = 2, #t do ok = ok and t[i - 1] <= t[i] end
print(ok, t[1], t[1000])
--> unpack gives a list as values
print(table.unpack({1, 2, 3}), table.unpack({1, 2, 3}, 2), table.unpack({1, 2, 3}, 2, 3))
print(table.unpack({1, nil, 3}, 1, 3))
print(select("#", table.unpack({}, 1, 5)), select("#", table.unpack({}, 5, 1)))
print(pcall(function() table.unpack() end))
print(pcall(table.unpack, {}, 1, 1e8))
--> the length of a list
print(#{1, 2, 3}, #{}, #{n = 1}, #"abc", #{1, 2, nil}, #{nil})
local t = {} t[1] = 1 t[2] = 2 t[4] = 4
print(#t == 2 or #t == 4)
--> keys that are equal as numbers are the same key
local t = {}
t[1] = "a" t[1.0] = "b" t["1"] = "c"
print(t[1], t["1"])
t[2^53] = "big"
print(t[9007199254740992])
--> nil and nan are no keys
print(pcall(function() local t = {} t[nil] = 1 end))
print(pcall(function() local t = {} t[0/0] = 1 end))
print(({})[nil], ({})[0/0])
--> constructors
local t = {1, 2, x = 3, [10] = 4, 5; 6}
print(#t, t[3], t[4], t.x, t[10])
local function f() return 1, 2, 3 end
print(#{f()}, #{f(), f()}, #{(f())}, #{f(), nil})
print(#{...}, #{n = f()})
