CREATE OR REPLACE FUNCTION bookreq_api.list_admin_requests(p_creator bigint, p_token bytea, p_remote_user text, p_role text,
	p_status text, p_user_id bigint, p_month_year text, p_q text, p_limit int, p_before bigint)
RETURNS bookreq.answer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
DECLARE
	c		bookreq.caller := authenticate(p_creator, p_token, p_remote_user, p_role);
	r		bookreq.book_requests;
	v_q		text := caseless(p_q);
	v_limit		int := coalesce(p_limit, 100);
	v_objects	text[] := '{}';
	v_last		bigint;		-- the last one of this page
	v_next		bigint;
	v_counts	text;
	v_total		bigint;
BEGIN
	FOR r IN
		SELECT b.* FROM book_requests b
		JOIN users u ON u.creator_id = b.creator_id AND u.id = b.user_id
		WHERE b.creator_id = c.creator_id
			AND (p_before IS NULL OR b.id < p_before)
			AND (p_status IS NULL OR b.status = p_status::request_status)
			AND (p_user_id IS NULL OR b.user_id = p_user_id)
			AND (p_month_year IS NULL OR b.month_year = p_month_year)
			AND (v_q IS NULL OR strpos(caseless(b.title), v_q) > 0 OR strpos(caseless(b.author), v_q) > 0
				OR strpos(caseless(u.username), v_q) > 0)
		ORDER BY b.id DESC LIMIT v_limit + 1
	LOOP
		IF cardinality(v_objects) = v_limit THEN
			v_next := v_last;
			EXIT;
		END IF;
		v_objects := v_objects || request_json(r);
		v_last := r.id;
	END LOOP;

	SELECT count(*) INTO v_total FROM book_requests b
	JOIN users u ON u.creator_id = b.creator_id AND u.id = b.user_id
	WHERE b.creator_id = c.creator_id
		AND (p_status IS NULL OR b.status = p_status::request_status)
		AND (p_user_id IS NULL OR b.user_id = p_user_id)
		AND (p_month_year IS NULL OR b.month_year = p_month_year)
		AND (v_q IS NULL OR strpos(caseless(b.title), v_q) > 0 OR strpos(caseless(b.author), v_q) > 0
			OR strpos(caseless(u.username), v_q) > 0);
	SELECT row_to_json(n) INTO v_counts FROM (
		SELECT count(*) FILTER (WHERE status = 'pending') AS pending,
			count(*) FILTER (WHERE status = 'approved') AS approved,
			count(*) FILTER (WHERE status = 'rejected') AS rejected,
			count(*) FILTER (WHERE status = 'fulfilled') AS fulfilled
		FROM book_requests WHERE creator_id = c.creator_id) n;

	RETURN reading('{"book_requests":[' || array_to_string(v_objects, ',') || '],"counts":' || v_counts
		|| ',"pending_count":' || pending_count(c.creator_id) || ',"total":' || v_total
		|| ',"next":' || coalesce(v_next::text, 'null') || '}');
END $$;
