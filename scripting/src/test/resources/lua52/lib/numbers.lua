local zero = 0 local minus_zero = -zero
local function p(...) local t = table.pack(pcall(...)) for i = 1, t.n do t[i] = tostring(t[i]):gsub("%-nan", "nan"):gsub("%c", function(c) return "\\" .. c:byte() end) end print(table.concat(t, "|", 1, t.n)) end
for _, f in ipairs{"abs", "acos", "asin", "atan", "ceil", "cos", "deg", "exp", "floor", "log", "log10", "rad", "sin", "sqrt", "tan"} do
  for _, x in ipairs{0, 0.5, -0.5, 1, 0.25, 0.75} do p(math[f], x) end
end
for _, x in ipairs{2.5, -2.5, 1e15, 3, minus_zero, 1e300, -7} do print(math.floor(x), math.ceil(x), math.abs(x), math.modf(x)) p(math.fmod, x, 2) p(math.frexp, x) end
print(math.huge, -math.huge, math.pi, math.max(1, 5, 3), math.min(4, 2, 8), math.pow(2, 0.5), 2 ^ 0.5)
print(math.log(8, 2), math.log(1000, 10), math.log(27, 3), math.ldexp(3, 4), math.atan2(1, 2), math.cosh(0), math.sinh(0), math.tanh(0))
for i = 1, 200 do local r = math.random() assert(r >= 0 and r < 1) r = math.random(6) assert(r >= 1 and r <= 6 and r % 1 == 0) r = math.random(-3, 3) assert(r >= -3 and r <= 3 and r % 1 == 0) end
p(math.random, 0) p(math.random, 2, 1) p(math.random, 1, 2, 3) p(math.sqrt, "x") p(math.sqrt) p(math.max)
local interesting = {0, 1, 2, 31, 32, 255, 0x7fffffff, 0x80000000, 0xffffffff, -1, 2^33 + 5, 1.5}
for _, a in ipairs(interesting) do
  for _, b in ipairs(interesting) do
    print(a, b, bit32.band(a, b), bit32.bor(a, b), bit32.bxor(a, b), bit32.btest(a, b), bit32.bnot(a))
  end
  for d = -33, 33, 11 do print(a, d, bit32.lshift(a, d), bit32.rshift(a, d), bit32.arshift(a, d), bit32.lrotate(a, d), bit32.rrotate(a, d)) end
  for f = 0, 28, 7 do print(a, f, bit32.extract(a, f), bit32.extract(a, f, 4), bit32.replace(a, 5, f, 3)) end
end
p(bit32.extract, 1, 32) p(bit32.extract, 1, -1) p(bit32.extract, 1, 0, 0) p(bit32.extract, 1, 30, 3) p(bit32.replace, 1, 1, 31, 2) p(bit32.replace, 1, 1) p(bit32.band, "x") p(bit32.replace, 1, 2, -1)
