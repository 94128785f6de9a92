-- Makes a user a team member or no longer one; false where he already is as wanted. Both audiences are locked,
-- so every event belongs either to the membership before or to the one after.
CREATE OR REPLACE FUNCTION bookreq.set_team(p_creator bigint, p_user bigint, p_team boolean) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
	v_own		bigint;
	v_admins	bigint;
BEGIN
	SELECT last_seq INTO STRICT v_own FROM audiences
	WHERE creator_id = p_creator AND user_id = p_user FOR NO KEY UPDATE;
	SELECT last_seq INTO STRICT v_admins FROM audiences
	WHERE creator_id = p_creator AND user_id = 0 FOR NO KEY UPDATE;
	UPDATE users SET is_team = p_team, membership = membership + 1,
		feed_from = CASE WHEN p_team THEN v_admins ELSE v_own END,
		feed_prev_from = feed_from,
		feed_prev_until = CASE WHEN p_team THEN v_own ELSE v_admins END
	WHERE creator_id = p_creator AND id = p_user AND NOT is_creator AND is_team <> p_team;
	RETURN FOUND;
END $$;
