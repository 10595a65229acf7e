--  ledger.lua: double-entry bookkeeping, with the rule checked after every command.
--  Rules: the sum over all accounts is zero, whatever a command does; an account that may not be overdrawn is not;
--  a transaction is in the journal once, under its reference.
local function add(name, amount)
  local account = get("account/" .. name)
  if not account then
    error { code = "NO_SUCH_ACCOUNT", message = "there is no account " .. tostring(name), status = 404 }
  end
  account.balance = account.balance + amount
  put("account/" .. name, account)
  incr("sum", amount)
  if account.balance < 0 and not account.overdraft then
    error { code = "OVERDRAWN", message = name .. " would have " .. account.balance, details = { account = name } }
  end
end

--  { name, overdraft }
function commands.open(args)
  if type(args.name) ~= "string" or args.name == "" then
    fail("BAD_ACCOUNT", "an account is named by a string that is not empty")
  end
  if has("account/" .. args.name) then
    error { code = "EXISTS", message = "there is already an account " .. args.name, status = 409 }
  end
  put("account/" .. args.name, { balance = 0, overdraft = args.overdraft == true })
  return true
end

--  { ref, entries = { { account, amount }, ... } }: positive amounts go in, negative ones come out.
function commands.post(args)
  if type(args.ref) ~= "string" or args.ref == "" then
    fail("BAD_REFERENCE", "a transaction has a reference")
  end
  if has("journal/" .. args.ref) then
    error { code = "POSTED", message = args.ref .. " is in the journal already", status = 409 }
  end
  for _, entry in ipairs(args.entries) do
    if type(entry.amount) ~= "number" or entry.amount % 1 ~= 0 then
      fail("BAD_AMOUNT", "an amount is a whole number")
    end
    add(entry.account, entry.amount)
  end
  put("journal/" .. args.ref, { entries = args.entries, time = now() })
  emit("posted", { ref = args.ref })
  return true
end

--  A mistake that nobody has found yet: it forgets the other side. The invariant does not let it happen.
function commands.charge_fee(args)
  add(args.account, -1)
  return true
end

function invariant()
  local sum = get("sum") or 0
  if sum ~= 0 then
    fail("UNBALANCED", "the sum over all accounts would be " .. sum)
  end
end

function queries.balance(args)
  local account = get("account/" .. args.name)
  return account and account.balance
end
