-- Who calls: the session of the token, else the user whom the web server names. STABLE, so that reading
-- functions see the caller in the same snapshot as everything else. The setting bookreq.user tells the worker's log who
-- that was.
CREATE OR REPLACE FUNCTION bookreq.authenticate(p_creator bigint, p_token bytea, p_remote_user text, p_role text)
RETURNS bookreq.caller
LANGUAGE plpgsql STABLE AS $$
DECLARE
	c	bookreq.caller;
	v_user	text;
BEGIN
	SELECT a.* INTO c FROM sessions s
	JOIN user_accounts a ON a.creator_id = s.creator_id AND a.user_id = s.user_id
	WHERE s.creator_id = p_creator AND s.token_hash = p_token AND s.expires_at > now();
	IF NOT FOUND AND p_remote_user IS NOT NULL THEN
		SELECT a.* INTO c FROM user_accounts a
		WHERE caseless(a.username) = caseless(p_remote_user);
	END IF;
	IF c.is_active IS NOT TRUE THEN
		PERFORM refuse('unauthenticated', 'Please log in.');
	END IF;
	v_user := set_config('bookreq.user', c.user_id::text, true);
	IF p_role = 'creator' AND NOT c.is_creator THEN
		PERFORM refuse('forbidden', 'Only the creator may do this.');
	ELSIF p_role = 'admin' AND NOT c.is_admin THEN
		PERFORM refuse('forbidden', 'Only the creator and the team may do this.');
	ELSIF p_role IS NULL OR p_role NOT IN ('any', 'admin', 'creator') THEN
		RAISE EXCEPTION 'unknown role %', p_role;
	END IF;
	RETURN c;
END $$;
