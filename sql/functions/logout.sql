CREATE OR REPLACE FUNCTION bookreq_api.logout(p_creator bigint, p_token bytea, p_remote_user text, p_role text)
RETURNS bookreq.answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
DECLARE
	c	bookreq.caller := authenticate(p_creator, p_token, p_remote_user, p_role);
BEGIN
	DELETE FROM sessions WHERE creator_id = p_creator AND token_hash = p_token;
	RETURN (204, NULL, false, send_check(c.creator_id, c.user_id))::bookreq.answer;
END $$;
