-- How many other users asked for the same book, whenever and with whatever answer: of each of these requests, up to 100.
CREATE OR REPLACE FUNCTION bookreq_api.same_requests(p_creator bigint, p_token bytea, p_remote_user text, p_role text,
	p_ids bigint[])
RETURNS bookreq.answer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
DECLARE
	c		bookreq.caller := authenticate(p_creator, p_token, p_remote_user, p_role);
	v_objects	text;
BEGIN
	IF cardinality(p_ids) > 500 THEN
		PERFORM refuse('invalid', 'Some fields are not valid; see errors.',
			'{"errors":[{"field":"ids","message":"must be at most 500 ids"}]}');
	END IF;
	SELECT string_agg('{"id":' || b.id || ',"others":' || (
			SELECT count(*) FROM (
				SELECT DISTINCT s.user_id FROM book_requests s
				WHERE s.duplicate_key = b.duplicate_key AND s.creator_id = c.creator_id AND s.user_id <> b.user_id
				LIMIT 100) others
		) || '}', ',' ORDER BY b.id)
	INTO v_objects
	FROM book_requests b WHERE b.creator_id = c.creator_id AND b.id = ANY (p_ids);
	RETURN reading('{"same":[' || coalesce(v_objects, '') || ']}');
END $$;
