-- A change of the password takes two steps like a log-in; a wrong current password counts as a failure.

CREATE OR REPLACE FUNCTION bookreq_api.password_begin(p_creator bigint, p_token bytea, p_remote_user text, p_role text,
	p_address text)
RETURNS SETOF bookreq.login_candidate
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
DECLARE
	c	bookreq.caller := authenticate(p_creator, p_token, p_remote_user, p_role);
BEGIN
	RETURN QUERY SELECT reserve_attempt(p_address, ARRAY[c.user_id::text]), creator_id, id, password_hash
		FROM users WHERE creator_id = c.creator_id AND id = c.user_id;
END $$;

CREATE OR REPLACE FUNCTION bookreq_api.password_finish(p_creator bigint, p_token bytea, p_remote_user text, p_role text,
	p_attempt bigint, p_hash text)
RETURNS bookreq.answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
DECLARE
	c	bookreq.caller := authenticate(p_creator, p_token, p_remote_user, p_role);
BEGIN
	IF NOT clear_attempt(p_attempt, c.user_id) THEN
		PERFORM refuse('invalid_credentials', 'The current password is wrong.');
	END IF;
	UPDATE users SET password_hash = p_hash WHERE creator_id = c.creator_id AND id = c.user_id;
	DELETE FROM sessions
	WHERE creator_id = c.creator_id AND user_id = c.user_id AND kind = 'login' AND token_hash IS DISTINCT FROM p_token;
	RETURN (204, NULL, false, send_check(c.creator_id, c.user_id))::bookreq.answer;
END $$;
