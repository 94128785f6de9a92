CREATE OR REPLACE FUNCTION bookreq_api.get_request(p_creator bigint, p_token bytea, p_remote_user text, p_role text,
	p_id bigint)
RETURNS bookreq.answer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
DECLARE
	c	bookreq.caller := authenticate(p_creator, p_token, p_remote_user, p_role);
	r	bookreq.book_requests;
BEGIN
	SELECT * INTO r FROM book_requests WHERE creator_id = c.creator_id AND id = p_id;
	IF NOT FOUND OR (r.user_id <> c.user_id AND NOT c.is_admin) THEN
		PERFORM refuse('not_found', 'There is no such book request.');
	END IF;
	RETURN reading('{"book_request":' || request_json(r) || '}');
END $$;
