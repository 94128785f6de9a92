-- A log-in takes two steps, because the password is judged outside the database.

-- Whose password it may be: first the user of that name, then the users of that e-mail address, one of each creator.
-- A name that looks like somebody's address does not lock him out. Always at least one row.
CREATE OR REPLACE FUNCTION bookreq_api.login_begin(p_address text, p_name text) RETURNS SETOF bookreq.login_candidate
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
DECLARE
	v_name		text := caseless(p_name);
	v_candidates	bookreq.login_candidate[];
	v_accounts	text[];
	v_attempt	bigint;
BEGIN
	SELECT array_agg((NULL, creator_id, id, password_hash)::bookreq.login_candidate) INTO v_candidates
	FROM (SELECT * FROM users
		WHERE (caseless(username) = v_name OR caseless(email) = v_name) AND is_active AND password_hash IS NOT NULL
		ORDER BY caseless(username) = v_name DESC, id LIMIT 5) u;

	SELECT coalesce(array_agg(user_id::text), ARRAY['name:' || left(v_name, 400)]) INTO v_accounts
	FROM unnest(v_candidates);
	v_attempt := reserve_attempt(p_address, v_accounts);
	RETURN QUERY SELECT v_attempt, u.creator_id, u.user_id, u.password_hash
		FROM (SELECT 1) one LEFT JOIN unnest(v_candidates) u ON true;
END $$;

-- p_hash: what the password was judged by. Whoever changes it or locks the user out meanwhile waits for the end of the log-in, and ends
-- its session too; or the log-in waits, and sees that.
CREATE OR REPLACE FUNCTION bookreq_api.login_finish(p_attempt bigint, p_creator bigint, p_user bigint, p_hash text, p_token_hash bytea,
	p_hours int)
RETURNS bookreq.answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
DECLARE
	c		bookreq.caller;
	v_expires	timestamptz := now() + make_interval(hours => p_hours);
BEGIN
	IF clear_attempt(p_attempt, p_user) THEN
		PERFORM FROM users WHERE creator_id = p_creator AND id = p_user AND password_hash = p_hash FOR SHARE;
	END IF;
	IF NOT FOUND THEN
		PERFORM refuse('invalid_credentials', 'The name or the password is wrong.');
	END IF;
	INSERT INTO sessions (creator_id, token_hash, user_id, kind, expires_at)
	VALUES (p_creator, p_token_hash, p_user, 'login', v_expires);
	c := authenticate(p_creator, p_token_hash, NULL, 'any');
	RETURN (200, '{"user":' || user_json(c) || ',"expires_at":"' || iso(v_expires) || '"}', false, '{}'::text[])::bookreq.answer;
END $$;
