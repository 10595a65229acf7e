-- Arrays and records: filling, sieving, sorting by hand, counting words in a hash.
local function sieve(n)
  local composite = {}
  local primes = {}
  for i = 2, n do
    if not composite[i] then
      primes[#primes + 1] = i
      for j = i * i, n, i do composite[j] = true end
    end
  end
  return #primes
end

local function matrix(n)
  local a, b, c = {}, {}, {}
  for i = 1, n do
    a[i], b[i], c[i] = {}, {}, {}
    for j = 1, n do
      a[i][j] = i + j
      b[i][j] = i - j
    end
  end
  for i = 1, n do
    local row, into = a[i], c[i]
    for j = 1, n do
      local sum = 0
      for k = 1, n do sum = sum + row[k] * b[k][j] end
      into[j] = sum
    end
  end
  return c[n][n]
end

local function records(n)
  local list = {}
  for i = 1, n do list[i] = { id = i, price = i * 3 % 101, name = "item" } end
  local total = 0
  for _, record in ipairs(list) do total = total + record.price end
  local counts = {}
  for i = 1, n do
    local key = "k" .. i % 50
    counts[key] = (counts[key] or 0) + 1
  end
  for _, count in pairs(counts) do total = total + count end
  return total
end

function run()
  return sieve(100000) + matrix(60) + records(20000)
end
