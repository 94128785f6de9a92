-- A request that the caller may see: an own one, or, for admins, any of the creator's users.
CREATE OR REPLACE FUNCTION bookreq.seen_request(c bookreq.caller, p_id bigint) RETURNS bookreq.book_requests
LANGUAGE plpgsql STABLE AS $$
DECLARE
	r	bookreq.book_requests;
BEGIN
	SELECT * INTO r FROM book_requests WHERE creator_id = c.creator_id AND id = p_id;
	IF NOT FOUND OR (r.user_id <> c.user_id AND NOT c.is_admin) THEN
		PERFORM refuse('not_found', 'There is no such book request.');
	END IF;
	RETURN r;
END $$;

CREATE OR REPLACE FUNCTION bookreq_api.get_request(p_creator bigint, p_token bytea, p_remote_user text, p_role text,
	p_id bigint)
RETURNS bookreq.answer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
DECLARE
	c	bookreq.caller := authenticate(p_creator, p_token, p_remote_user, p_role);
BEGIN
	RETURN reading('{"book_request":' || request_json(seen_request(c, p_id)) || '}');
END $$;

-- What was done with it since it was asked for, the newest first; of admins who could not make up their minds the last hundred.
CREATE OR REPLACE FUNCTION bookreq_api.request_timeline(p_creator bigint, p_token bytea, p_remote_user text, p_role text,
	p_id bigint)
RETURNS bookreq.answer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
DECLARE
	c	bookreq.caller := authenticate(p_creator, p_token, p_remote_user, p_role);
	r	bookreq.book_requests := seen_request(c, p_id);
BEGIN
	RETURN reading('{"timeline":[' || array_to_string(ARRAY(
		SELECT row_to_json((l.id, iso(l.at), (l.actor_id, u.username)::bookreq.person, l.action, l.book_request_id,
			l.details)::bookreq.activity_object)::text
		FROM activity_log l JOIN users u ON u.creator_id = l.creator_id AND u.id = l.actor_id
		WHERE l.creator_id = r.creator_id AND l.book_request_id = r.id AND l.action <> 'created'
		ORDER BY l.id DESC LIMIT 100), ',') || ']}');
END $$;
