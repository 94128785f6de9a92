-- bookreqctl token: bearer tokens for programs.

-- Who a token would be for: its text begins with the creator's id.
CREATE OR REPLACE FUNCTION bookreq_ctl.user_find(p_name text) RETURNS bookreq_ctl.answer
LANGUAGE plpgsql SET search_path = bookreq, pg_temp AS $$
DECLARE
	u	bookreq.users := bookreq_ctl.find_user(p_name);
BEGIN
	RETURN ('{"id":' || u.id || ',"creator_id":' || u.creator_id || '}', '{}')::bookreq_ctl.answer;
END $$;

CREATE OR REPLACE FUNCTION bookreq_ctl.token_add(p_name text, p_token_hash bytea, p_days int) RETURNS bookreq_ctl.answer
LANGUAGE plpgsql SET search_path = bookreq, pg_temp AS $$
DECLARE
	u		bookreq.users := bookreq_ctl.find_user(p_name);
	v_days		int := coalesce(p_days, 365);
	v_expires	timestamptz;
BEGIN
	IF NOT u.is_active THEN
		PERFORM refuse('invalid', format('“%s” is deactivated.', u.username));
	ELSIF v_days NOT BETWEEN 1 AND 3650 THEN
		PERFORM refuse('invalid', 'A token is good for 1 to 3650 days.');
	END IF;
	v_expires := now() + make_interval(days => v_days);
	INSERT INTO sessions (creator_id, token_hash, user_id, kind, expires_at)
	VALUES (u.creator_id, p_token_hash, u.id, 'token', v_expires);
	RETURN ('{"expires_at":"' || iso(v_expires) || '"}', '{}')::bookreq_ctl.answer;
END $$;

-- Ends all of the user's command-line tokens.
CREATE OR REPLACE FUNCTION bookreq_ctl.token_revoke(p_name text) RETURNS bookreq_ctl.answer
LANGUAGE plpgsql SET search_path = bookreq, pg_temp AS $$
DECLARE
	u	bookreq.users := bookreq_ctl.find_user(p_name);
BEGIN
	DELETE FROM sessions WHERE creator_id = u.creator_id AND user_id = u.id AND kind = 'token';
	RETURN ('{"id":' || u.id || '}', send_check(u.creator_id, u.id))::bookreq_ctl.answer;
END $$;
