CREATE OR REPLACE FUNCTION bookreq_api.list_admin_requests(p_creator bigint, p_token bytea, p_remote_user text, p_role text,
	p_status text, p_user_id bigint, p_month_year text, p_q text, p_limit int, p_before bigint)
RETURNS bookreq.answer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
DECLARE
	c		bookreq.caller := authenticate(p_creator, p_token, p_remote_user, p_role);
	r		bookreq.book_requests;
	v_q		text := caseless(p_q);
	v_users		bigint[];	-- whose name has p_q
	v_limit		int := coalesce(p_limit, 100);
	v_objects	text[] := '{}';
	v_last		bigint;		-- the last one of this page
	v_next		bigint;
	v_counts	text;
	v_total		bigint;
BEGIN
	IF v_q IS NOT NULL THEN
		v_users := ARRAY(SELECT id FROM users WHERE creator_id = c.creator_id AND strpos(caseless(username), v_q) > 0);
	END IF;
	FOR r IN
		SELECT b.* FROM book_requests b
		WHERE b.creator_id = c.creator_id
			AND (p_before IS NULL OR b.id < p_before)
			AND (p_status IS NULL OR b.status = p_status::request_status)
			AND (p_user_id IS NULL OR b.user_id = p_user_id)
			AND (p_month_year IS NULL OR b.month_year = p_month_year)
			AND (v_q IS NULL OR strpos(caseless(b.title), v_q) > 0 OR strpos(caseless(b.author), v_q) > 0
				OR b.user_id = ANY (v_users))
		ORDER BY b.id DESC LIMIT v_limit + 1
	LOOP
		IF cardinality(v_objects) = v_limit THEN
			v_next := v_last;
			EXIT;
		END IF;
		v_objects := v_objects || request_json(r);
		v_last := r.id;
	END LOOP;

	SELECT row_to_json((pending_count, approved_count, rejected_count, fulfilled_count)::bookreq.counts_object),
		CASE WHEN p_user_id IS NOT NULL OR p_month_year IS NOT NULL OR v_q IS NOT NULL THEN NULL
			WHEN p_status IS NULL THEN pending_count + approved_count + rejected_count + fulfilled_count
			WHEN p_status = 'pending' THEN pending_count
			WHEN p_status = 'approved' THEN approved_count
			WHEN p_status = 'rejected' THEN rejected_count
			ELSE fulfilled_count END
	INTO STRICT v_counts, v_total FROM audiences WHERE creator_id = c.creator_id AND user_id = 0;
	IF v_total IS NULL THEN		-- what the counters do not know
		SELECT count(*) INTO v_total FROM book_requests b
		WHERE b.creator_id = c.creator_id
			AND (p_status IS NULL OR b.status = p_status::request_status)
			AND (p_user_id IS NULL OR b.user_id = p_user_id)
			AND (p_month_year IS NULL OR b.month_year = p_month_year)
			AND (v_q IS NULL OR strpos(caseless(b.title), v_q) > 0 OR strpos(caseless(b.author), v_q) > 0
				OR b.user_id = ANY (v_users));
	END IF;

	RETURN reading('{"book_requests":[' || array_to_string(v_objects, ',') || '],"counts":' || v_counts
		|| ',"pending_count":' || pending_count(c.creator_id) || ',"total":' || v_total
		|| ',"next":' || coalesce(v_next::text, 'null') || '}');
END $$;
