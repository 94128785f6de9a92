-- The creator's admins, for who is there now: one row, always.
CREATE OR REPLACE FUNCTION bookreq_api.list_admins(p_creator bigint, p_token bytea, p_remote_user text, p_role text)
RETURNS TABLE (creator_id bigint, admin_ids text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
DECLARE
	c	bookreq.caller := authenticate(p_creator, p_token, p_remote_user, p_role);
BEGIN
	RETURN QUERY
	SELECT c.creator_id, '[' || string_agg(u.id::text, ',' ORDER BY u.id) || ']' FROM users u
	WHERE u.creator_id = c.creator_id AND (u.id = c.creator_id OR u.is_team) AND u.is_active;
END $$;
