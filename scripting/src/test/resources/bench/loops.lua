-- Arithmetic in nested loops: a sieve's inner work without its table, and a Mandelbrot set.
local function mandelbrot(size, limit)
  local inside = 0
  for y = 0, size - 1 do
    local ci = 2 * y / size - 1
    for x = 0, size - 1 do
      local cr = 2 * x / size - 1.5
      local zr, zi, n = 0, 0, 0
      while n < limit and zr * zr + zi * zi < 4 do
        zr, zi = zr * zr - zi * zi + cr, 2 * zr * zi + ci
        n = n + 1
      end
      if n == limit then inside = inside + 1 end
    end
  end
  return inside
end

function run()
  local sum = 0
  for i = 1, 1000000 do
    sum = sum + i % 7 * 2
  end
  return sum + mandelbrot(120, 50)
end
