-- The creator's people with their quota of the current month, the newest first.
CREATE OR REPLACE FUNCTION bookreq_api.list_users(p_creator bigint, p_token bytea, p_remote_user text, p_role text,
	p_q text, p_limit int, p_before bigint)
RETURNS bookreq.answer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
DECLARE
	c		bookreq.caller := authenticate(p_creator, p_token, p_remote_user, p_role);
	u		record;
	v_q		text := caseless(p_q);
	v_limit		int := coalesce(p_limit, 100);
	v_month		text := month_of(now());
	v_objects	text[] := '{}';
	v_last		bigint;		-- the last one of this page
	v_next		bigint;
BEGIN
	FOR u IN
		SELECT p.id, p.username, p.is_creator, p.is_team, p.is_active,
			CASE WHEN t.id IS NOT NULL THEN (t.id, t.title)::bookreq.tier_name END AS tier,
			coalesce(p.allowance, t.book_requests_allowed, 0) AS requests_allowed, coalesce(q.used, 0) AS requests_used
		FROM (SELECT * FROM users
			WHERE creator_id = c.creator_id AND (p_before IS NULL OR id < p_before)
				AND (v_q IS NULL OR strpos(caseless(username), v_q) > 0)
			ORDER BY id DESC LIMIT v_limit + 1) p
		LEFT JOIN campaign_tiers t ON t.creator_id = p.creator_id AND t.id = p.tier_id
		LEFT JOIN quota_usage q ON q.creator_id = p.creator_id AND q.user_id = p.id AND q.month_year = v_month
		ORDER BY p.id DESC
	LOOP
		IF cardinality(v_objects) = v_limit THEN
			v_next := v_last;
			EXIT;
		END IF;
		v_objects := v_objects || row_to_json(u)::text;
		v_last := u.id;
	END LOOP;
	RETURN reading('{"users":[' || array_to_string(v_objects, ',') || '],"next":' || coalesce(v_next::text, 'null') || '}');
END $$;
