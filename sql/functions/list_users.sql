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
	v_objects	text[] := '{}';
	v_last		bigint;		-- the last one of this page
	v_next		bigint;
BEGIN
	FOR u IN
		SELECT a.user_id AS id, a.username, a.is_creator, a.is_team, a.is_active,
			CASE WHEN a.tier_id IS NOT NULL THEN (a.tier_id, a.tier_title)::bookreq.tier_name END AS tier,
			a.allowed AS requests_allowed, a.used AS requests_used
		FROM user_accounts a
		WHERE a.creator_id = c.creator_id AND (p_before IS NULL OR a.user_id < p_before)
			AND (v_q IS NULL OR strpos(caseless(a.username), v_q) > 0)
		ORDER BY a.user_id DESC LIMIT v_limit + 1
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
