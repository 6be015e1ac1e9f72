-- What wrk asks Rollcall, and what came of each request: tests/bench/load.py starts it and reads what it wrote.
--
-- wrk runs this once in each of its threads and doesn't say to which request an answer belongs. So each thread has one
-- connection, on which one request follows the answer to the one before.

local ffi = require("ffi")
ffi.cdef [[
  typedef struct { long seconds; long nanoseconds; } load_moment;
  int clock_gettime(int clock, load_moment *moment);
]]
local MONOTONIC = 1
local JSON = { ["Content-Type"] = "application/json" }
-- More than any request needs, less than API Gateway takes.
local LONG = 8000

local token = os.getenv("LOAD_TOKEN")
local run = os.getenv("LOAD_RUN")
-- The milliseconds between an answer and the next request, in the mean. With 0 it asks as fast as there are answers.
local pause = tonumber(os.getenv("LOAD_PAUSE"))

local threads, moment = 0, ffi.new("load_moment")
local log, number, sent
-- The kind of the last request, when it began, whom it adds, and what a good answer to it holds.
local kind, begun, name, expected

-- The words of a list, of which there is a space between two.
local function words(variable)
  local found = {}
  for word in (os.getenv(variable) or ""):gmatch("%S+") do found[#found + 1] = word end
  return found
end

local ids, searched = words("LOAD_IDS"), words("LOAD_WORDS")

-- Each kind stands there as often as it is asked of a thousand requests, so that one is drawn by its place.
local mix = {}
for _, part in ipairs(words("LOAD_MIX")) do
  local what, often = part:match("(%w+)=(%d+)")
  for _ = 1, tonumber(often) do mix[#mix + 1] = what end
end

local function any(list) return list[math.random(#list)] end

local function now()
  ffi.C.clock_gettime(MONOTONIC, moment)
  return tonumber(moment.seconds) * 1e6 + tonumber(moment.nanoseconds) / 1e3
end

local function get(path) return wrk.format("GET", path) end

local function editor(more)
  local headers = { Authorization = "Bearer " .. token }
  for header, value in pairs(more) do headers[header] = value end
  return headers
end

local function post(body, headers) return wrk.format("POST", "/api/employees", editor(headers or JSON), body) end

-- Changes and reads that are wrong in themselves, and yet get as far as the function on AWS.
local bad_changes = {
  function() return post('{"full_name": "Half of') end,
  function() return post('{"full_name": "\255\254", "location": "Oslo", "job_title": "Engineer", "badges": []}') end,
  function() return post(("["):rep(LONG)) end,
  function() return post('{"full_name": 7, "location": null}') end,
  function() return post("full_name=Ada", { ["Content-Type"] = "no/such; type" }) end,
  function() return wrk.format("POST", "/api/employees", { Authorization = "Bearer a.b.c" }, "{}") end,
  function() return wrk.format("PUT", "/api/employees/nobody", editor({ ["If-Match"] = '"' }), "{}") end,
}

local bad_reads = {
  function() return get("/api/employees?" .. ("q=a&"):rep(LONG / 4)) end,
  function() return get("/api/employees?q=%zz") end,
  function() return get("/api/employees?q=%ff%fe") end,
  function() return get("/api/employees?cursor=!!!") end,
  function() return get("/api/employees/emp7%c3%28") end,
  function() return wrk.format("BREW", "/api/employees") end,
}

-- What is no HTTP, or more of it than anyone takes: on AWS API Gateway answers it, and the function never sees it.
local no_http = {
  function() return "GET /api/info HTTP/1.1\r\nHost: a\r\nthis is no header\r\n\r\n" end,
  function() return "GET /api/info HTTP/1.1\r\nHost: a\r\nContent-Length: many\r\n\r\n" end,
  function() return "GET /api/info HTTP/7.1\r\nHost: a\r\n\r\n" end,
  -- No longer than what the host reads before it refuses: it hangs up on who still sends, and the answer may be lost.
  function() return get("/api/employees?q=" .. ("a"):rep(70000)) end,
  function() return "GET /api/info HTTP/1.1\r\n" .. ("X-One: a\r\n"):rep(200) .. "\r\n" end,
}

local asked = {
  search = function()
    expected = '"employees"'
    return get("/api/employees?q=" .. any(searched))
  end,
  employee = function()
    local id = any(ids)
    expected = id
    return get("/api/employees/" .. id)
  end,
  facets = function()
    expected = '"facets"'
    return get("/api/employees?limit=1&facets=true&q=" .. any(searched))
  end,
  write = function()
    sent = sent + 1
    name = ("%s %d-%d"):format(run, number, sent)
    expected = name
    return post(('{"full_name": "%s", "location": "Oslo", "job_title": "Engineer", "badges": ["bug"]}'):format(name))
  end,
  badchange = function() return any(bad_changes)() end,
  badread = function() return any(bad_reads)() end,
  huge = function() return get("/api/employees?q=" .. ("a"):rep(LONG)) end,
  nohttp = function() return any(no_http)() end,
  info = function()
    expected = '"host"'
    return get("/api/info")
  end,
  badges = function()
    expected = "coffee"
    return get("/api/badges")
  end,
  page = function()
    expected = "<title>"
    return get("/")
  end,
}

function setup(thread)
  threads = threads + 1
  thread:set("place", threads)
end

function init()
  number, sent = place, 0
  math.randomseed(number)
  -- Written whole when wrk ends.
  log = assert(io.open(os.getenv("LOAD_LOG") .. "/" .. number, "w"))
end

if pause > 0 then
  -- Never twice the same, so that the connections don't ask in step.
  function delay() return pause * (0.5 + math.random()) end
end

function request()
  -- wrk looks at the first one itself, and wants to understand it.
  kind = kind and any(mix) or mix[1]
  name, expected = "", nil
  local made = asked[kind]()
  begun = now()
  return made
end

function response(status, _, body)
  local is_right = status >= 300 or not expected or body:find(expected, 1, true)
  log:write(kind, "\t", status, "\t", ("%.0f"):format(now() - begun), "\t", is_right and 1 or 0, "\t", name, "\n")
end
