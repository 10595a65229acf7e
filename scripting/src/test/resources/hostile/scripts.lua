--> over GAS: a loop
while true do end
--> over GAS: a repeat loop
repeat until false
--> over GAS: a numeric loop
for i = 1, 1e18 do end
--> over GAS: a backward goto
::a:: goto a
--> over GAS: a generic loop that never ends
for k in function() return 1 end do end
--> over GAS: endless tail calls
local function f() return f() end f()
--> over GAS: tail calls of two functions
local f, g function f() return g() end function g() return f() end f()
--> over GAS: errors caught for ever
while true do pcall(error) end
--> over GAS: a loop inside pcall inside a loop
while true do pcall(function() while true do end end) end
--> over GAS: xpcall whose handler loops
xpcall(error, function() while true do end end)
--> over GAS: an error in an error handler, for ever
while true do xpcall(error, error) end
--> over GAS: a coroutine that loops
coroutine.wrap(function() while true do end end)()
--> over GAS: a coroutine that yields for ever
local c = coroutine.wrap(function() while true do coroutine.yield() end end) while true do c() end
--> over MEMORY_BYTES: coroutines that fail for ever
while true do pcall(coroutine.wrap(function() error('x') end)) end
--> over GAS: loaded code that loops
load('while true do end')()
--> over MEMORY_BYTES: loading for ever
while true do load('return 1') end
--> over GAS: a reader function that never ends, again and again
while true do load(function() return ' ' end) end
--> over GAS: __index that loops
local t = setmetatable({}, {__index = function() while true do end end}) return t.x
--> over GAS: __newindex that loops
local t = setmetatable({}, {__newindex = function() while true do end end}) t.x = 1
--> over GAS: __call that loops
setmetatable({}, {__call = function() while true do end end})()
--> over GAS: __tostring that loops
tostring(setmetatable({}, {__tostring = function() while true do end end}))
--> over GAS: __concat that loops
return setmetatable({}, {__concat = function() while true do end end}) .. 'x'
--> over GAS: __eq that loops
local m = {__eq = function() while true do end end} return setmetatable({}, m) == setmetatable({}, m)
--> over GAS: __lt that loops
local m = {__lt = function() while true do end end} return setmetatable({}, m) < setmetatable({}, m)
--> over GAS: __le by __lt that loops
local m = {__lt = function() while true do end end} return setmetatable({}, m) <= setmetatable({}, m)
--> over GAS: __len that loops
return #setmetatable({}, {__len = function() while true do end end})
--> over GAS: __unm that loops
return -setmetatable({}, {__unm = function() while true do end end})
--> over GAS: __pairs that loops
for k in pairs(setmetatable({}, {__pairs = function() while true do end end})) do end
--> over GAS: __ipairs that never ends
for k in ipairs(setmetatable({}, {__ipairs = function(t) return function() return 1 end, t, 0 end})) do end
--> over GAS: an order for sort that loops
table.sort({3, 2, 1}, function() while true do end end)
--> over GAS: a callback of gsub that loops
('x'):gsub('x', function() while true do end end)
--> over GAS: a callback of update that loops
update('k', function() while true do end end)
--> over GAS: a long __index chain, over and over
local a = {} for i = 1, 90 do a = setmetatable({}, {__index = a}) end while true do local x = a.y end
--> over GAS: a pattern with nested repetition
('a'):rep(30000):find('.-.-.-.-b')
--> over GAS: a pattern with many lazy parts
('a'):rep(100000):find(('a-'):rep(7) .. 'b')
--> over GAS: a balanced pattern at every place
('('):rep(100000):find('%b()%b()x')
--> over GAS: a back reference at every place
('a'):rep(100000):find('(a+)%1b')
--> over GAS: gmatch over a large string, for ever
while true do for _ in ('x'):rep(100000):gmatch('.') do end end
--> over GAS: gsub that replaces for ever
local s = ('x'):rep(100000) while true do s = s:gsub('x', 'y') end
--> over GAS: format for ever
while true do string.format('%99.99f', 1e300) end
--> over GAS: comparing large strings for ever
local a, b = ('x'):rep(1000000), ('x'):rep(1000000) while true do local _ = a < b end
--> over GAS: equal large strings for ever
local a, b = ('x'):rep(500000) .. 'y', ('x'):rep(500000) .. 'y' local t = {} while true do t[a] = 1 t[b] = 2 end
--> over GAS: hashing for ever
local s = ('x'):rep(100000) while true do crypto.sha256(s) end
--> over GAS: hmac for ever
local s = ('x'):rep(100000) while true do crypto.hmac_sha256('k', s) end
--> over GAS: crc for ever
local s = ('x'):rep(100000) while true do crypto.crc32(s) end
--> over GAS: next of a large table, for ever
local t = {} for i = 1, 10000 do t['k' .. i] = i end while true do for k in pairs(t) do end end
--> over GAS: tostring for ever
while true do tostring(1.5) end
--> over GAS: tonumber of a long text, for ever
local s = ('1'):rep(100000) while true do tonumber(s) end
--> over MEMORY_BYTES: unpack for ever
local t = {} for i = 1, 200 do t[i] = i end while true do table.unpack(t) end
--> over MEMORY_BYTES: select of many, for ever
local t = {} for i = 1, 200 do t[i] = i end while true do select('#', table.unpack(t)) end
--> over GAS: insert at the front
local t = {} for i = 1, 1e6 do table.insert(t, 1, i) end
--> over GAS: remove from the front
local t = {} for i = 1, 20000 do t[i] = i end while true do table.remove(t, 1) table.insert(t, 1) end
--> over GAS: bit operations for ever
while true do bit32.band(1, 2, 3, 4) end
--> over GAS: dates for ever
while true do os.date('!%c', 0) end
--> over MEMORY_BYTES: times for ever
while true do os.time{year = 2020, month = 1, day = 1} end
--> over GAS: random numbers for ever
while true do random(10) end
--> over GAS: reads for ever
while true do get('k') end
--> over GAS: scans for ever
put('k', 1) while true do for k, v in scan{} do end end
--> over GAS: log for ever
while true do log('x') end
--> over GAS: deletes and tests for ever
while true do has('k') end
--> over GAS: closures for ever
while true do local x = function() return 1 end pcall(x) end
--> over MEMORY_BYTES: a growing list
local t = {} for i = 1, 1e9 do t[i] = i end
--> over MEMORY_BYTES: growing keys
local t = {} for i = 1, 1e9 do t['k' .. i] = i end
--> over MEMORY_BYTES: nested tables
local t = {} while true do t = {t} end
--> over MEMORY_BYTES: closures kept
local f = print while true do local g = f f = function() return g end end
--> over MEMORY_BYTES: coroutines kept
local t = {} for i = 1, 1e6 do t[i] = coroutine.create(print) end
--> over MEMORY_BYTES: strings kept
local t = {} for i = 1, 1e6 do t[i] = ('x'):rep(1000) .. i end
--> over MEMORY_BYTES: a list of many values at once
local t = {} for i = 1, 1e5 do t[i] = i end while true do t[#t + 1] = {table.unpack(t, 1, 200)} end
--> over MEMORY_BYTES: boxes of varargs
local function f(...) local t = {...} return f(1, ...) end f()
--> over MEMORY_BYTES: table.pack kept
local t = {} while true do t[#t + 1] = table.pack(1, 2, 3) end
--> over MEMORY_BYTES: json decoded and kept
local s, t = '[' .. ('1,'):rep(10000) .. '1]', {} while true do t[#t + 1] = json.decode(s) end
--> over STRING_BYTES: doubling
local s = 'x' while true do s = s .. s end
--> over STRING_BYTES: rep
return ('x'):rep(1e9)
--> over STRING_BYTES: rep of rep
return ('x'):rep(65536):rep(65536)
--> over STRING_BYTES: rep with a separator
return ('x'):rep(1e5, ('y'):rep(100))
--> over STRING_BYTES: concat
local t = {} for i = 1, 100 do t[i] = ('x'):rep(100000) end return table.concat(t)
--> over STRING_BYTES: gsub that grows
return ('x'):rep(100000):gsub('x', ('y'):rep(100))
--> over STRING_BYTES: format of a long string
return string.format('%s%s', ('x'):rep(900000), ('y'):rep(900000))
--> over STRING_BYTES: json of much
local t = {} for i = 1, 20 do t[i] = ('x'):rep(100000) end return json.encode(t)
--> over STRING_BYTES: base64 of much
return base64.encode(('x'):rep(900000))
--> gives survived: pieces of a reader without an end
load(function() return ('-'):rep(100000) end)
--> over DEPTH: recursion
local function f() return 1 + f() end f()
--> over DEPTH: recursion through pcall
local function f() pcall(f) end f()
--> over DEPTH: recursion through a metamethod
local t = setmetatable({}, {__index = function(t, k) return t[k + 1] end}) return t[1]
--> over DEPTH: recursion through coroutines
local function f() coroutine.wrap(f)() end f()
--> over DEPTH: recursion through sort
local function f() table.sort({1, 2}, f) end f()
--> over DEPTH: recursion through gsub
local function f() ('x'):gsub('x', f) end f()
--> over DEPTH: recursion through tostring
local t t = setmetatable({}, {__tostring = function() return tostring(t) end}) tostring(t)
--> over DEPTH: recursion through update
local function f() update('k', f) end f()
--> over DEPTH: recursion through concat
local t t = setmetatable({}, {__concat = function(a, b) return a .. b end}) return t .. 'x'
--> over DEPTH: recursion through load
local function f() load(f) end f()
--> over DEPTH: recursion through comparison
local m = {} m.__lt = function(a, b) return a < b end local t = setmetatable({}, m) return t < t
--> over DEPTH: recursion through a call metamethod
local t = setmetatable({}, {}) getmetatable(t).__call = function(...) return 1 + t() end t()
--> over WRITES: many keys
for i = 1, 1e9 do put('k' .. i, i) end
--> over WRITES: one key again and again
for i = 1, 1e9 do put('k', i) end
--> over WRITES: counting up
for i = 1, 1e9 do incr('k') end
--> over WRITES: deletes
for i = 1, 1e9 do delete('k') end
--> over EVENTS: many events
for i = 1, 1e9 do emit('x', i) end
--> fails does not exist in a machine: no files
io.open('/etc/passwd')
--> fails does not exist in a machine: no lines of files
for l in io.lines('/etc/passwd') do end
--> fails does not exist in a machine: no debug library
debug.getregistry()
--> fails does not exist in a machine: no hooks
debug.sethook(print, 'c')
--> fails does not exist in a machine: no native libraries
package.loadlib('libc.so.6', 'system')
--> fails does not exist in a machine: no package path
package.path = '/tmp/?.lua'
--> fails does not exist in a machine: no searchers
return package.searchers[1]
--> fails does not exist in a machine: no Java
luajava.bindClass('java.lang.System')
--> fails does not exist in a machine: no Java objects
luajava.newInstance('java.io.File', '/')
--> fails does not exist in a machine: no other chunks
dofile('/etc/passwd')
--> fails does not exist in a machine: no chunks from files
loadfile('/etc/passwd')
--> fails does not exist in a machine: no collector
collectgarbage('count')
--> fails does not exist in a machine: no environments of 5.1
setfenv(1, {})
--> fails does not exist in a machine: no modules of 5.1
module('m')
--> fails attempt to call: no commands of the system
os.execute('ls')
--> fails attempt to call: no end of the process
os.exit()
--> fails attempt to call: no environment of the process
return os.getenv('HOME')
--> fails attempt to call: no removal of files
os.remove('/tmp/x')
--> fails attempt to call: no renaming of files
os.rename('/tmp/x', '/tmp/y')
--> fails attempt to call: no names of files
os.tmpname()
--> fails attempt to call: no change of locale
os.setlocale('tr_TR')
--> fails attempt to call: no dumps
string.dump(function() end)
--> fails attempt to call: no proxies of 5.1
newproxy(true)
--> fails not found: no module of Java
require('java.lang.System')
--> fails not found: no module outside of the bundle
require('../../etc/passwd')
--> fails not found: no module of the standard library under another name
require('io')
--> fails binary: no binary chunks
return assert(load('\27Lua\82\0\1\4\8\4\8\0\25\147\13\10\26\10'))
--> fails binary: no binary chunks from a function
local sent return assert(load(function() if not sent then sent = true return '\27Lua' end end))
--> fails read-only: the metatable of strings
getmetatable('').__index = nil
--> fails read-only: a field of the metatable of strings
rawset(getmetatable(''), '__index', {})
--> fails protected: the metatable of the globals
setmetatable(_G, {__index = function() return 1 end})
--> fails read-only: ctx
ctx.index = 1
--> fails read-only: ctx by rawset
rawset(ctx, 'index', 1)
--> fails nil: an environment without anything
local _ENV = {} print('x')
--> fails cannot be stored: a function
put('k', print)
--> fails cannot be stored: a coroutine
put('k', coroutine.create(print))
--> fails k: a cycle
local t = {} t.k = t put('k', t)
--> fails value: nan
put('k', 0/0)
--> fails value: infinity
put('k', 1/0)
--> fails value: a list with holes
put('k', {1, nil, 3})
--> fails value: keys of two kinds
put('k', {1, x = 2})
--> fails value: keys that are booleans
put('k', {[true] = 1})
--> fails put: nil
put('k', nil)
--> fails key: an empty key
put('', 1)
--> fails key: a long key
put(('k'):rep(2000), 1)
--> fails string expected, got table: a key that is a table
put({}, 1)
--> fails value: too large a value
put('k', ('x'):rep(300000))
--> fails value: too deep a value
local t = {} for i = 1, 200 do t = {t} end put('k', t)
--> fails emit: a type that is none
emit('a b\n', 1)
--> fails schedule: a command that is none
schedule(1000, 'nothing_like_it', {})
--> fails bad argument: a delay that is no number
schedule('x', 'apply', {})
--> fails bad argument: update without a function
update('k', 1)
--> fails bad argument: scan of nonsense
scan(1)
--> fails bad argument: random of nothing
random(0)
--> fails bad argument: a negative count
string.rep()
--> fails malformed pattern: a pattern that is none
('x'):find('[a')
--> fails JSON: nesting that is too deep
json.decode(('['):rep(100000))
--> fails JSON: no number
json.decode('1e')
--> fails contains itself: json of a cycle
local t = {} t[1] = t json.encode(t)
--> fails too many: many results
return table.unpack({}, 1, 1e8)
--> fails invalid order function: an order that contradicts itself
local t = {} for i = 1, 100 do t[i] = i % 7 end table.sort(t, function(a, b) return true end)
--> fails attempt to: a sort of everything
table.sort({1, 'x', {}, true})
--> fails attempt to yield: a yield outside
coroutine.yield()
--> fails dead: a dead coroutine
local c = coroutine.wrap(print) c() c()
--> fails loop: an endless __index
local t = setmetatable({}, {}) getmetatable(t).__index = t return t.x
--> fails loop: an endless __newindex
local t = setmetatable({}, {}) getmetatable(t).__newindex = t t.x = 1
--> fails cannot be iterated: tables as keys
local t = {[{}] = 1} for k in pairs(t) do end
--> fails result: a function as a result
return print
--> fails result: a result with a cycle
local t = {} t.t = t return t
--> rejects CODE: an error that is a table
error{code = 'CODE'}
--> rejects CODE: an error with a poisoned metatable
error(setmetatable({code = 'CODE'}, {__index = function() while true do end end, __tostring = error}))
--> rejects rejected: an error that is an empty table
error({})
--> gives survived: a table that is no library any more
string.upper, string.rep, table.insert, pcall, get = nil
--> gives survived: globals that are gone
local all = _G for k in pairs(all) do all[k] = nil end
--> gives survived: a library replaced
string = nil math = {} _G.put = print
--> gives survived: many log lines
for i = 1, 1000 do log(i) end
--> gives survived: a large log line
log(('x'):rep(1000000))
--> gives survived: a hundred thousand coroutines
for i = 1, 20000 do coroutine.resume(coroutine.create(function() coroutine.yield() end)) end
--> gives survived: pcall of pcall
pcall(pcall, pcall, pcall, error)
--> gives survived: code that does not compile
load(('x='):rep(100000))
--> gives survived: code nested too deeply
load(('('):rep(100000))
--> gives survived: functions nested too deeply
load(('return function() '):rep(10000))
--> gives survived: a very long name
load(('x'):rep(500000) .. ' = 1')
--> gives survived: too many local variables
local s = '' for i = 1, 300 do s = s .. 'local a' .. i .. ' ' end load(s)
--> gives survived: too many upvalues and arguments
load('return f(' .. ('1,'):rep(300) .. '1)')
--> gives survived: a very long string as source
load('return "' .. ('x'):rep(500000) .. '"')
--> gives survived: a seed
math.randomseed(os.time())
--> gives survived: identity of what has no identity
local t = {} t[print] = 1 t[t] = 2 tostring(print) tostring(t)
--> gives survived: finalizers that are never called
setmetatable({}, {__gc = function() error('x') end})
--> gives survived: a coroutine that is left behind
coroutine.wrap(function() put('x', 1) coroutine.yield() end)()
--> gives survived: a write that is undone
pcall(function() put('x', 1) error('x') end)
--> gives survived: an error with a very long message
pcall(error, ('x'):rep(1000000))
--> over GAS: a long numeral in arithmetic, for ever
local s = ('1'):rep(100000) while true do local x = s + 1 end
--> over GAS: a long numeral of a base, for ever
local s = ('1'):rep(100000) while true do tonumber(s, 16) end
--> over GAS: white space as a numeral, for ever
local s = (' '):rep(100000) while true do tonumber(s) end
--> over GAS: a long numeral as an argument, for ever
local s = ('0'):rep(100000) while true do math.floor(s) end
--> over GAS: a long numeral as a bound, for ever
local s = ('0'):rep(100000) while true do for i = 1, s do end end
--> over GAS: a long numeral in JSON, for ever
local s = '0.' .. ('1'):rep(10000) while true do json.decode(s) end
--> over GAS: json of the same, for ever
local t = {} for i = 1, 1000 do t[i] = i end while true do json.encode(t) end
--> over MEMORY_BYTES: base64 for ever
local s = ('x'):rep(1000) while true do base64.decode(base64.encode(s)) end
--> over GAS: utf8 for ever
local s = ('x'):rep(100000) while true do utf8.len(s) end
--> over MEMORY_BYTES: upper and lower for ever
local s = ('x'):rep(100000) while true do s = s:upper() s = s:lower() end
--> over MEMORY_BYTES: reverse for ever
local s = ('x'):rep(100000) while true do s = s:reverse() end
--> over MEMORY_BYTES: bytes for ever
local s = ('x'):rep(1000) while true do s:byte(1, -1) end
--> over MEMORY_BYTES: a quoted string for ever
local s = ('\n'):rep(1000) while true do string.format('%q', s) end
--> over GAS: sort for ever
local t = {} for i = 1, 200 do t[i] = i end while true do table.sort(t) end
--> over MEMORY_BYTES: an update of a large value, for ever
put('k', ('x'):rep(200000)) while true do get('k') end
--> over GAS: uuids for ever
while true do uuid() end
--> fails bad argument: a time to live that is none
put('k', 1, {ttl = 'x'})
--> fails bad argument: increments by a table
incr('k', {})
--> rejects CODE: fail with everything
fail('CODE', 'message', {deep = {er = 1}})
--> gives survived: a comparison of everything with everything
for _, a in ipairs{1, 'x', true, {}, print} do for _, b in ipairs{1, 'x', true, {}, print} do pcall(function() return a < b end) local _ = a == b end end
