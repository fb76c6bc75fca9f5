-- Sends the requests of a file in turn. Each line of it is method, path, credential, body and, optionally, another body that is sent
-- instead each time the request's turn has come round so often; tabs between them. Every thread has a part of the lines for itself, so
-- that reports on one session stay in order. All text is made before the load begins.
-- Arguments: the file, the number of threads, how often, "look" to see whether all answers are 200 and not only below 400.

local threads = {}

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

refused = 0
local usual, other = {}, {}
local count, every
local position, round = 0, 0

function init(args)
  every = tonumber(args[3])
  local lines = {}
  for line in io.lines(args[1]) do
    table.insert(lines, line)
  end

  local share = #lines / tonumber(args[2])
  for i = math.floor(number * share) + 1, math.floor((number + 1) * share) do
    local method, path, credential, body, instead = lines[i]:match("^([^\t]+)\t([^\t]+)\t([^\t]*)\t([^\t]*)\t?([^\t]*)$")
    local headers = {}
    if credential ~= "" then
      headers["Authorization"] = "Bearer " .. credential
    end
    if body == "" then
      body = nil
    else
      headers["Content-Type"] = "application/json"
    end
    table.insert(usual, wrk.format(method, path, headers, body))
    table.insert(other, instead ~= "" and wrk.format(method, path, headers, instead) or usual[#usual])
  end
  count = #usual

  if args[4] == "look" then
    function response(status)
      if status ~= 200 then
        refused = refused + 1
      end
    end
  end
end

function request()
  position = position + 1
  if position > count then
    position = 1
    round = round + 1
  end
  if (position + round) % every == 0 then
    return other[position]
  end
  return usual[position]
end

function done(summary, latency)
  local errors = summary.errors
  local odd = 0
  for _, thread in ipairs(threads) do
    odd = odd + thread:get("refused")
  end
  print(string.format("RESULT requests=%d duration=%d p50=%d p99=%d max=%d refused=%d connect=%d read=%d write=%d timeout=%d",
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency.max,
    math.max(errors.status, odd), errors.connect, errors.read, errors.write, errors.timeout))
end
