CREATE OR REPLACE FUNCTION bookreq_api.list_activity(p_creator bigint, p_token bytea, p_remote_user text, p_role text,
	p_limit int, p_before bigint)
RETURNS bookreq.answer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
DECLARE
	c		bookreq.caller := authenticate(p_creator, p_token, p_remote_user, p_role);
	e		record;
	v_limit		int := coalesce(p_limit, 100);
	v_objects	text[] := '{}';
	v_last		bigint;		-- the last one of this page
	v_next		bigint;
BEGIN
	FOR e IN
		SELECT l.*, u.username FROM activity_log l
		JOIN users u ON u.creator_id = l.creator_id AND u.id = l.actor_id
		WHERE l.creator_id = c.creator_id AND (p_before IS NULL OR l.id < p_before)
		ORDER BY l.id DESC LIMIT v_limit + 1
	LOOP
		IF cardinality(v_objects) = v_limit THEN
			v_next := v_last;
			EXIT;
		END IF;
		v_objects := v_objects || row_to_json((e.id, iso(e.at), (e.actor_id, e.username)::bookreq.person, e.action,
			e.book_request_id, e.details)::bookreq.activity_object)::text;
		v_last := e.id;
	END LOOP;
	RETURN reading('{"activity":[' || array_to_string(v_objects, ',') || '],"next":' || coalesce(v_next::text, 'null') || '}');
END $$;
