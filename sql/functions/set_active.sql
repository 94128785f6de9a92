-- Activates or deactivates a user; a deactivated one's sessions and tokens end.
CREATE OR REPLACE FUNCTION bookreq.set_active(p_creator bigint, p_user bigint, p_active boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE users SET is_active = p_active WHERE creator_id = p_creator AND id = p_user;
	IF NOT p_active THEN
		DELETE FROM sessions WHERE creator_id = p_creator AND user_id = p_user;
	END IF;
END $$;
