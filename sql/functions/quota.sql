CREATE OR REPLACE FUNCTION bookreq_api.quota(p_creator bigint, p_token bytea, p_remote_user text, p_role text)
RETURNS bookreq.answer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
DECLARE
	c	bookreq.caller := authenticate(p_creator, p_token, p_remote_user, p_role);
BEGIN
	RETURN reading(own_quota(c));
END $$;
