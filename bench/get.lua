-- wrk: asks for the path that is the second argument, as users in random order.
require "common"

function init(arguments)
	requests = {}
	for _, token in ipairs(read_tokens(arguments[1])) do
		table.insert(requests, "GET " .. arguments[2] .. " HTTP/1.1\r\nHost: " .. wrk.headers["Host"]
			.. "\r\nAuthorization: Bearer " .. token .. "\r\n\r\n")
	end
end

function request()
	return requests[math.random(#requests)]
end
