--  leaderboard.lua: the best score of each player, and who is ahead.
--  Rules: a player is in the ranking once, with the best score so far; of equal scores the earlier one is ahead.
local POINTS_MAX = 999999999

--  Keys are in the order of their bytes, so the best has to come first in them; ctx.index says who was earlier.
local function rank_key(entry, player)
  return string.format("rank/%09d/%015d/%s", POINTS_MAX - entry.points, entry.index, player)
end

--  { player, points } -> { best, improved }
function commands.score(args)
  local player, points = args.player, args.points
  if type(player) ~= "string" or player == "" or #player > 200 then
    fail("BAD_PLAYER", "a player is named by a string of 1 to 200 bytes")
  end
  if type(points) ~= "number" or points < 0 or points > POINTS_MAX or points % 1 ~= 0 then
    fail("BAD_POINTS", "points are a whole number from 0 to " .. POINTS_MAX)
  end
  local best = get("best/" .. player)
  if best and best.points >= points then
    return { best = best.points, improved = false }
  end
  if best then
    delete(rank_key(best, player))
  end
  local entry = { points = points, index = ctx.index }
  put("best/" .. player, entry)
  put(rank_key(entry, player), { player = player, points = points })
  return { best = points, improved = true }
end

--  { limit } -> the best first.
function queries.top(args)
  local top = json.array {}
  for _, entry in scan { prefix = "rank/", limit = tonumber(args and args.limit) or 10 } do
    top[#top + 1] = entry
  end
  return top
end

--  { player } -> 1 for the best; null for whoever has no score. As slow as the player is far down.
function queries.rank(args)
  local best = get("best/" .. args.player)
  if not best then
    return nil
  end
  local rank = 1
  for _ in scan { prefix = "rank/", to = rank_key(best, args.player) } do
    rank = rank + 1
  end
  return rank
end
