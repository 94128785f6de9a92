-- Everything that a call needs to know about the caller in as few tables as possible: the month's usage is part of it; the epoch belongs to
-- what is read from or written to a feed.
ALTER TYPE bookreq.caller DROP ATTRIBUTE epoch, ADD ATTRIBUTE used int, ADD ATTRIBUTE is_active boolean;
ALTER TYPE bookreq.feed_page ADD ATTRIBUTE epoch text;

-- These have other parameters now.
DROP FUNCTION IF EXISTS bookreq.announce(text, bookreq.book_requests, text, text, timestamptz, bookreq.request_status, text, bigint, text, text);
DROP FUNCTION IF EXISTS bookreq.cursor_of(bookreq.caller, int, bigint);
