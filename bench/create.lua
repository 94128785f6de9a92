-- wrk: creates a book request with each call, by users in random order, each with a title of its own.
require "common"

function init(arguments)
	tokens = read_tokens(arguments[1])
	count = 0
	run = os.time()
	head = "POST /api/book-requests HTTP/1.1\r\nHost: " .. wrk.headers["Host"]
		.. "\r\nContent-Type: application/x-www-form-urlencoded\r\nAuthorization: Bearer "
end

function request()
	count = count + 1
	local body = "author=Bench&title=Bench+" .. run .. "-" .. number .. "-" .. count
	return head .. tokens[math.random(#tokens)] .. "\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body
end
