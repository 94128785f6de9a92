-- The creator's book request, locked against every other change until the end of the transaction.
CREATE OR REPLACE FUNCTION bookreq.lock_request(p_creator bigint, p_id bigint) RETURNS bookreq.book_requests
LANGUAGE plpgsql AS $$
DECLARE
	r	bookreq.book_requests;
BEGIN
	SELECT * INTO r FROM book_requests WHERE creator_id = p_creator AND id = p_id FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		PERFORM refuse('not_found', 'There is no such book request.');
	END IF;
	RETURN r;
END $$;
