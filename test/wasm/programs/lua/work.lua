-- Tables, strings, closures, floats, sorting and the collector at work; reads standard input and writes a file.
local function sieve(limit)
  local composite, count = {}, 0
  for n = 2, limit do
    if not composite[n] then
      count = count + 1
      for multiple = n * n, limit, n do composite[multiple] = true end
    end
  end
  return count
end

local function queens(size)
  local columns, up, down = {}, {}, {}
  local function place(row)
    if row > size then return 1 end
    local found = 0
    for column = 1, size do
      local rising, falling = row + column, row - column
      if not (columns[column] or up[rising] or down[falling]) then
        columns[column], up[rising], down[falling] = true, true, true
        found = found + place(row + 1)
        columns[column], up[rising], down[falling] = nil, nil, nil
      end
    end
    return found
  end
  return place(1)
end

local function words(text)
  local counts, order = {}, {}
  for word in text:lower():gmatch('%a+') do
    if not counts[word] then order[#order + 1] = word end
    counts[word] = (counts[word] or 0) + 1
  end
  table.sort(order, function(one, other)
    if counts[one] ~= counts[other] then return counts[one] > counts[other] end
    return one < other
  end)
  return order, counts
end

local function integral(steps)
  local sum, width = 0.0, 1.0 / steps
  for step = 1, steps do
    local x = (step - 0.5) * width
    sum = sum + 4.0 / (1.0 + x * x)
  end
  return sum * width
end

print('primes below 60000', sieve(60000))
print('queens on 7', queens(7))
print('pi', string.format('%.15f', integral(100000)))
local text = io.read('a')
local order, counts = words(text:rep(40))
for index = 1, 3 do print(order[index], counts[order[index]]) end
print(text:gsub('task', string.upper))
local pieces = {}
for n = 1, 5000 do pieces[n] = string.format('%x', n * 2654435761 & 0xffffffff) end
table.sort(pieces)
local joined = table.concat(pieces, ' ')
print(#joined, joined:sub(1, 34), math.maxinteger // 7, 7 // 0.0, -7 % 3, 2 ^ 0.5)
math.randomseed(42)
print(math.random(1000), math.random(1000), os.time(), #arg, arg[1])
local file = assert(io.open('words.txt', 'w'))
file:write(table.concat(order, '\n'), '\n')
file:close()
