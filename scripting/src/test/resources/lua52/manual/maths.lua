--> abs ceil floor
print(math.abs(-3), math.abs(3.5), math.ceil(1.2), math.ceil(-1.2), math.floor(1.8), math.floor(-1.8))
print(math.floor(1e300) == 1e300, math.ceil(-0.5))
print(pcall(math.floor, "x"))
print(pcall(math.floor))
print(math.floor("3.7"))
--> acos asin atan atan2 cos sin tan
print(math.acos(1), math.asin(0), math.atan(0), math.atan2(0, -1), math.cos(0), math.sin(0), math.tan(0))
print(("%.10f %.10f %.10f"):format(math.sin(1), math.cos(1), math.tan(1)))
print(("%.10f %.10f %.10f"):format(math.asin(0.5), math.acos(0.5), math.atan(0.5)))
print(("%.10f"):format(math.atan2(-1, -1)))
--> cosh sinh tanh
print(("%.10f %.10f %.10f"):format(math.cosh(1), math.sinh(1), math.tanh(1)))
--> deg and rad
print(math.deg(math.pi), math.rad(180) == math.pi, math.deg(0))
--> exp and log
print(math.exp(0), math.log(1), math.log(8, 2), math.log(100, 10), math.log10(1000), ("%.10f"):format(math.exp(1)))
print(math.log(0), math.log(-1) ~= math.log(-1), ("%.10f"):format(math.log(10, 3)))
--> fmod and modf
print(math.fmod(7, 3), math.fmod(-7, 3), math.fmod(7, -3), math.fmod(5.5, 2))
print(math.modf(3.7), math.modf(-3.7), math.modf(5), math.modf(1/0), math.modf(-1/0))
print(math.fmod(1, 0) ~= math.fmod(1, 0))
--> frexp and ldexp
print(math.frexp(8), math.frexp(0), math.frexp(-0.75), math.ldexp(0.5, 4), math.ldexp(1, -2))
--> huge
print(math.huge, -math.huge, math.huge == 1/0, math.huge > 1e308)
--> max and min
print(math.max(1, 5, 3), math.min(4, 2, 8), math.max(1), math.min(-1, -1.5))
print(pcall(math.max))
print(pcall(math.min))
print(pcall(math.max, 1, "x"))
print(math.max("10", 9))
--> pi
print(math.pi)
--> pow and sqrt
print(math.pow(2, 10), math.sqrt(16), math.pow(2, -1), math.sqrt(-1) ~= math.sqrt(-1), math.sqrt(2))
--> random takes ranges
for i = 1, 50 do
  local a, b, c = math.random(), math.random(3), math.random(-2, 2)
  assert(a >= 0 and a < 1 and b >= 1 and b <= 3 and c >= -2 and c <= 2)
end
print(pcall(math.random, 0))
print(pcall(math.random, 3, 1))
print(pcall(math.random, 1, 2, 3))
print(math.random(5, 5))
--> randomseed makes sequences repeat
math.randomseed(7) local a, b = math.random(1000), math.random(1000)
math.randomseed(7) print(math.random(1000) == a, math.random(1000) == b)
print(pcall(math.randomseed))
--> arithmetic of doubles
print(1/3, 10/2, 7 % 3, -7 % 3, 7 % -3, -7 % -3, 2^0.5, 5.5 % 2, 1e15, 1e16, 123456789012345, 0.1 + 0.2)
print(1/0, -1/0, 0/0 ~= 0/0, 5 % 0 ~= 5 % 0, 5 % math.huge ~= 5 % math.huge, 2^1024)
print(-0.0, 0.0, 1/-0.0, 100, 1e100, 2^53, 2^63, -2^63)
--> numerals
print(3, 3.0, 3.1416, 314.16e-2, 0.31416E1, 0xff, 0x0.1E, 0xA23p-4, 0X1.921FB54442D18P+1, .5, 5., 1e+2)
--> comparison of numbers
print(1 == 1.0, 1 < 2, 2 <= 2, 0/0 == 0/0, 0/0 < 1, 1 < 0/0, -0.0 == 0.0, math.huge > math.huge)
--> bit32 band bor bxor bnot btest
print(bit32.band(12, 10), bit32.bor(12, 10), bit32.bxor(12, 10), bit32.bnot(0), bit32.btest(12, 3), bit32.btest(12, 4))
print(bit32.band(), bit32.bor(), bit32.bxor(), bit32.btest())
print(bit32.band(-1), bit32.band(2^32 + 5), bit32.band(1.7), bit32.bnot(-1))
--> bit32 shifts
print(bit32.lshift(1, 4), bit32.lshift(1, 31), bit32.lshift(1, 32), bit32.lshift(16, -2), bit32.rshift(16, 2), bit32.rshift(1, -4), bit32.rshift(-1, 31))
print(bit32.arshift(-8, 1), bit32.arshift(-1, 40), bit32.arshift(8, -1), bit32.arshift(2^31, 31))
print(bit32.lrotate(1, 33), bit32.rrotate(1, 1), bit32.lrotate(0x12345678, 8), bit32.rrotate(0x12345678, -8))
--> bit32 fields
print(bit32.extract(0xabcd, 4, 8), bit32.extract(1, 0), bit32.replace(0, 0xff, 4, 4), bit32.replace(0xffff, 0, 0))
print(pcall(bit32.extract, 1, 30, 5))
print(pcall(bit32.extract, 1, -1))
print(pcall(bit32.extract, 1, 0, 0))
print(pcall(bit32.replace, 1, 1, 32))
print(pcall(bit32.band, "x"))
