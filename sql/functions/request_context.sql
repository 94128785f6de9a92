-- What an admin's card shows beside a request: the asker's tier, and how many other users asked for the same book, whenever and
-- with whatever answer, up to 100. Of each of these requests; with its title, for lists that know no more than the id.
CREATE OR REPLACE FUNCTION bookreq_api.request_context(p_creator bigint, p_token bytea, p_remote_user text, p_role text,
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
	SELECT string_agg((SELECT row_to_json(o) FROM (
			SELECT b.id, b.title, CASE WHEN a.tier_id IS NOT NULL THEN (a.tier_id, a.tier_title)::bookreq.tier_name END AS tier, (
				SELECT count(*) FROM (
					SELECT DISTINCT s.user_id FROM book_requests s
					WHERE s.duplicate_key = b.duplicate_key AND s.creator_id = c.creator_id AND s.user_id <> b.user_id
					LIMIT 100) others
				) AS others) o)::text,
		',' ORDER BY b.id)
	INTO v_objects
	FROM book_requests b
	JOIN user_accounts a ON a.creator_id = b.creator_id AND a.user_id = b.user_id
	WHERE b.creator_id = c.creator_id AND b.id = ANY (p_ids);
	RETURN reading('{"context":[' || coalesce(v_objects, '') || ']}');
END $$;
