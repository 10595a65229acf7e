-- Objects: classes by metatables, inheritance, operators.
local Account = {}
Account.__index = Account

function Account.new(balance) return setmetatable({ balance = balance }, Account) end
function Account:deposit(amount) self.balance = self.balance + amount end
function Account:read() return self.balance end

local Savings = setmetatable({}, { __index = Account })
Savings.__index = Savings

function Savings.new(balance, rate)
  local made = Account.new(balance)
  made.rate = rate
  return setmetatable(made, Savings)
end

function Savings:interest() self:deposit(self:read() * self.rate) end

local Vector = {}
Vector.__index = Vector
Vector.__add = function(a, b) return setmetatable({ x = a.x + b.x, y = a.y + b.y }, Vector) end
Vector.__eq = function(a, b) return a.x == b.x and a.y == b.y end

function run()
  local account = Account.new(0)
  for i = 1, 200000 do account:deposit(i) end
  local savings = Savings.new(100, 0.0001)
  for _ = 1, 100000 do savings:interest() end
  local v = setmetatable({ x = 0, y = 0 }, Vector)
  local step = setmetatable({ x = 1, y = 2 }, Vector)
  for _ = 1, 50000 do v = v + step end
  return account:read() + savings:read() + v.x
end
