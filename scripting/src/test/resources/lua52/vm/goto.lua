local function f() local i = 1 ::top:: local a = i i = i + 1 if i < 5 then goto top end return i end print(f())
do local i = 1 ::a:: local x = i local g = function() return x end i = i + 1 if i <= 3 then print(g()) goto a end print(g()) end
do local k = 0 ::l1:: k = k + 1 if k < 3 then goto l1 end print(k) end
for i = 1, 3 do for j = 1, 3 do if j == 2 then goto next end print(i, j) ::next:: end end
do goto f; local x; ::f:: end
print((function() local t = {} do local i = 1 ::a:: local y t[i] = function(v) if v then y = v end return y end i = i + 1 if i < 4 then goto a end end t[1](5) return t[1](), t[2]() end)())
while true do local z = 1 do goto out end end ::out:: print "out"
repeat local c = 1 if c then goto cont end print "no" ::cont:: until true
