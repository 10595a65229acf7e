-- Functions that make functions, and share variables.
local function counter()
  local n = 0
  return function(by)
    n = n + by
    return n
  end
end

local function compose(f, g)
  return function(x) return f(g(x)) end
end

local function map(list, f)
  local made = {}
  for i = 1, #list do made[i] = f(list[i]) end
  return made
end

function run()
  local sum = 0
  for i = 1, 20000 do
    local count = counter()
    sum = sum + count(i) + count(1)
  end
  local add = function(x) return x + 1 end
  local double = function(x) return x * 2 end
  local both = compose(add, double)
  for i = 1, 200000 do sum = sum + both(i) end
  local list = {}
  for i = 1, 1000 do list[i] = i end
  for _ = 1, 30 do list = map(list, add) end
  return sum + list[1]
end
