-- wrk: what the scripts share. Each takes one argument: a file with a token a line.
local threads = {}

function setup(thread)
	table.insert(threads, thread)
	thread:set("number", #threads)
end

function read_tokens(path)
	local tokens = {}
	for token in io.lines(path) do
		table.insert(tokens, token)
	end
	math.randomseed(os.time() + number)
	return tokens
end

-- The end, as one line of JSON.
function done(summary, latency)
	local e = summary.errors
	print(string.format('RESULT {"requests":%d,"us":%d,"errors":%d,"p50_us":%d,"p99_us":%d}', summary.requests, summary.duration,
		e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(50), latency:percentile(99)))
end
