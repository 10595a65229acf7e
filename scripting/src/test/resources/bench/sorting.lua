-- table.sort with and without an order of its own, insert and remove, concat and unpack.
function run()
  local seed = 42
  local function random()
    seed = (seed * 1103515245 + 12345) % 2147483648
    return seed
  end
  local list = {}
  for i = 1, 20000 do list[i] = random() end
  table.sort(list)
  table.sort(list, function(a, b) return a > b end)
  local queue = {}
  for i = 1, 2000 do table.insert(queue, i) end
  local sum = list[1]
  while #queue > 0 do sum = sum + table.remove(queue) end
  for i = 1, 20000 do
    local a, b, c = table.unpack({ i, i + 1, i + 2 })
    sum = sum + a + b + c
  end
  return sum
end
