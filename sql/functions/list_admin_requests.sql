CREATE OR REPLACE FUNCTION bookreq_api.list_admin_requests(p_creator bigint, p_token bytea, p_remote_user text, p_role text,
	p_status text, p_user_id bigint, p_month_year text, p_q text, p_limit int, p_before bigint)
RETURNS bookreq.answer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
DECLARE
	c		bookreq.caller := authenticate(p_creator, p_token, p_remote_user, p_role);
	v_q		text := caseless(p_q);
	v_limit		int := coalesce(p_limit, 100);
	v_ids		bigint[];	-- the page and the one after it
	v_objects	text;
	v_counts	text;
	v_total		bigint;
BEGIN
	IF v_q IS NULL THEN
		v_ids := ARRAY(SELECT id FROM book_requests
			WHERE creator_id = c.creator_id
				AND (p_before IS NULL OR id < p_before)
				AND (p_status IS NULL OR status = p_status::request_status)
				AND (p_user_id IS NULL OR user_id = p_user_id)
				AND (p_month_year IS NULL OR month_year = p_month_year)
			ORDER BY id DESC LIMIT v_limit + 1);
	ELSE		-- every text has to be looked at: once for the page and the total
		SELECT (array_agg(id ORDER BY id DESC) FILTER (WHERE p_before IS NULL OR id < p_before))[1:v_limit + 1], count(*)
		INTO v_ids, v_total FROM book_requests
		WHERE creator_id = c.creator_id
			AND (p_status IS NULL OR status = p_status::request_status)
			AND (p_user_id IS NULL OR user_id = p_user_id)
			AND (p_month_year IS NULL OR month_year = p_month_year)
			AND strpos(search_text, v_q) > 0;
	END IF;
	SELECT string_agg(request_json(b), ',' ORDER BY b.id DESC) INTO v_objects
	FROM unnest(v_ids[1:v_limit]) i (id)
	JOIN book_requests b ON b.creator_id = c.creator_id AND b.id = i.id;

	SELECT row_to_json((pending_count, approved_count, rejected_count, fulfilled_count)::bookreq.counts_object),
		CASE WHEN v_q IS NOT NULL THEN v_total
			WHEN p_user_id IS NOT NULL OR p_month_year IS NOT NULL THEN NULL
			WHEN p_status IS NULL THEN pending_count + approved_count + rejected_count + fulfilled_count
			WHEN p_status = 'pending' THEN pending_count
			WHEN p_status = 'approved' THEN approved_count
			WHEN p_status = 'rejected' THEN rejected_count
			ELSE fulfilled_count END
	INTO STRICT v_counts, v_total FROM audiences WHERE creator_id = c.creator_id AND user_id = 0;
	IF v_total IS NULL THEN		-- what the counters do not know
		SELECT count(*) INTO v_total FROM book_requests
		WHERE creator_id = c.creator_id
			AND (p_status IS NULL OR status = p_status::request_status)
			AND (p_user_id IS NULL OR user_id = p_user_id)
			AND (p_month_year IS NULL OR month_year = p_month_year);
	END IF;

	RETURN reading('{"book_requests":[' || coalesce(v_objects, '') || '],"counts":' || v_counts
		|| ',"pending_count":' || pending_count(c.creator_id) || ',"total":' || v_total
		|| ',"next":' || CASE WHEN cardinality(v_ids) > v_limit THEN v_ids[v_limit]::text ELSE 'null' END || '}');
END $$;
