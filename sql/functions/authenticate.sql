-- Who calls: the session of the token, else the user whom the web server names. STABLE, so that reading
-- functions see the caller in the same snapshot as everything else. The setting bookreq.user tells the worker's log who
-- that was.
CREATE OR REPLACE FUNCTION bookreq.authenticate(p_creator bigint, p_token bytea, p_remote_user text, p_role text)
RETURNS bookreq.caller
LANGUAGE plpgsql STABLE AS $$
DECLARE
	c		bookreq.caller;
	v_creator	bigint;
	v_user		bigint;
BEGIN
	SELECT s.creator_id, s.user_id INTO v_creator, v_user FROM sessions s
	WHERE s.creator_id = p_creator AND s.token_hash = p_token AND s.expires_at > now();
	IF NOT FOUND AND p_remote_user IS NOT NULL THEN
		SELECT u.creator_id, u.id INTO v_creator, v_user FROM users u
		WHERE caseless(u.username) = caseless(p_remote_user);
	END IF;

	SELECT u.creator_id, u.id, u.username, u.email, u.is_creator, u.is_team, u.is_creator OR u.is_team,
		t.id, t.title, coalesce(u.allowance, t.book_requests_allowed, 0),
		coalesce(t.chapters_allowed_per_book_request, 0),
		u.membership, u.feed_from, u.feed_prev_from, u.feed_prev_until, m.epoch
	INTO c
	FROM users u
	LEFT JOIN campaign_tiers t ON t.creator_id = u.creator_id AND t.id = u.tier_id
	JOIN meta m ON m.id = 1
	WHERE u.creator_id = v_creator AND u.id = v_user AND u.is_active;
	IF NOT FOUND THEN
		PERFORM refuse('unauthenticated', 'Please log in.');
	END IF;
	PERFORM set_config('bookreq.user', c.user_id::text, true);
	IF p_role = 'creator' AND NOT c.is_creator THEN
		PERFORM refuse('forbidden', 'Only the creator may do this.');
	ELSIF p_role = 'admin' AND NOT c.is_admin THEN
		PERFORM refuse('forbidden', 'Only the creator and the team may do this.');
	ELSIF p_role IS NULL OR p_role NOT IN ('any', 'admin', 'creator') THEN
		RAISE EXCEPTION 'unknown role %', p_role;
	END IF;
	RETURN c;
END $$;
