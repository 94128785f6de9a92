-- The counters that are kept with the audiences.

CREATE OR REPLACE FUNCTION bookreq.pending_count(p_creator bigint) RETURNS int
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT pending_count FROM audiences WHERE creator_id = p_creator AND user_id = 0);
END $$;

CREATE OR REPLACE FUNCTION bookreq.unread_count(p_creator bigint, p_user bigint) RETURNS int
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT unread_count FROM audiences WHERE creator_id = p_creator AND user_id = p_user);
END $$;
