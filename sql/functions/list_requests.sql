CREATE OR REPLACE FUNCTION bookreq_api.list_requests(p_creator bigint, p_token bytea, p_remote_user text, p_role text,
	p_status text, p_month_year text, p_limit int, p_before bigint)
RETURNS bookreq.answer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
DECLARE
	c		bookreq.caller := authenticate(p_creator, p_token, p_remote_user, p_role);
	r		bookreq.book_requests;
	v_limit		int := coalesce(p_limit, 100);
	v_objects	text[] := '{}';
	v_last		bigint;		-- the last one of this page
	v_next		bigint;
BEGIN
	FOR r IN
		SELECT * FROM book_requests
		WHERE creator_id = c.creator_id AND user_id = c.user_id
			AND (p_before IS NULL OR id < p_before)
			AND (p_status IS NULL OR status = p_status::request_status)
			AND (p_month_year IS NULL OR month_year = p_month_year)
		ORDER BY id DESC LIMIT v_limit + 1
	LOOP
		IF cardinality(v_objects) = v_limit THEN
			v_next := v_last;
			EXIT;
		END IF;
		v_objects := v_objects || request_json(r);
		v_last := r.id;
	END LOOP;
	RETURN reading('{"book_requests":[' || array_to_string(v_objects, ',') || '],"quota":'
		|| own_quota(c) || ',"next":' || coalesce(v_next::text, 'null') || '}');
END $$;
