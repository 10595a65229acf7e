-- Generators, and a ring of them that pass a token on.
local function range(n)
  return coroutine.wrap(function()
    for i = 1, n do coroutine.yield(i) end
  end)
end

function run()
  local sum = 0
  for i in range(100000) do sum = sum + i end
  local ring = {}
  for i = 1, 100 do
    ring[i] = coroutine.create(function(token)
      while true do token = coroutine.yield(token + 1) end
    end)
  end
  local token = 0
  for _ = 1, 500 do
    for i = 1, 100 do
      local _, passed = coroutine.resume(ring[i], token)
      token = passed
    end
  end
  return sum + token
end
