--  bank.lua: accounts, and money that moves between them.
--  Rules: money is neither made nor lost by a transfer; no account goes below zero;
--  each transfer with a reference is in the journal, with how often it was booked.
local function amount_of(args)
  local amount = args.amount
  if type(amount) ~= "number" or amount <= 0 or amount % 1 ~= 0 then
    fail("BAD_AMOUNT", "amount must be a whole number above zero")
  end
  return amount
end

local function account(name)
  if type(name) ~= "string" or name == "" then
    fail("BAD_ACCOUNT", "an account is named by a string that is not empty")
  end
  local key = "acct/" .. name
  if not has(key) then
    error { code = "NO_SUCH_ACCOUNT", message = "there is no account " .. name, details = { account = name }, status = 404 }
  end
  return key
end

function commands.open(args)
  local key = "acct/" .. args.name
  if has(key) then
    error { code = "EXISTS", message = "there is already an account " .. args.name, status = 409 }
  end
  put(key, args.balance or 0)
  return { name = args.name, balance = args.balance or 0 }
end

function commands.deposit(args)
  local amount = amount_of(args)
  return { balance = update(account(args.to), function(have) return have + amount end) }
end

function commands.transfer(args)
  local amount = amount_of(args)
  local from, to = account(args.from), account(args.to)
  local have = get(from)
  if have < amount then
    error {
      code = "INSUFFICIENT_FUNDS",
      message = args.from .. " has " .. have .. ", needs " .. amount,
      details = { have = have, need = amount },
      status = 409,
    }
  end
  update(from, function(balance) return balance - amount end)
  update(to, function(balance) return balance + amount end)
  if args.ref then
    local times = has("journal/" .. args.ref) and get("journal/" .. args.ref).times or 0
    put("journal/" .. args.ref, { from = args.from, to = args.to, amount = amount, times = times + 1 })
  end
  emit("transferred", { from = args.from, to = args.to, amount = amount })
  return { from = get(from), to = get(to) }
end

function queries.balance(args)
  return get(account(args.who))
end

function queries.total()
  local sum = 0
  for _, balance in scan { prefix = "acct/" } do
    sum = sum + balance
  end
  return sum
end
