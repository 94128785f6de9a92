-- Which requests are for the same book, and which for one that is called alike.

-- A title as it is looked up: its words without case and punctuation, without an article at the beginning.
CREATE FUNCTION bookreq.title_key(text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT left(regexp_replace(
		btrim(regexp_replace(bookreq.caseless($1) COLLATE "und-x-icu", '[^[:alnum:]]+', ' ', 'g')),
		'^(the|an|a) (?=.)', ''), 60) COLLATE "C"
$$;

-- Neither of them serves to find all that a creator has: on an empty table the planner would take the youngest for that.
CREATE INDEX book_requests_fulfilled ON bookreq.book_requests (creator_id, bookreq.title_key(title), id) WHERE status = 'fulfilled';
-- In place of book_requests_open: also finds other users' requests and closed ones.
CREATE INDEX book_requests_same ON bookreq.book_requests (duplicate_key, creator_id, user_id);
DROP INDEX bookreq.book_requests_open;
