-- Activates or deactivates a user; a deactivated one's sessions and tokens end. False where nothing changed.
CREATE OR REPLACE FUNCTION bookreq.set_active(p_creator bigint, p_user bigint, p_active boolean) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE users SET is_active = p_active WHERE creator_id = p_creator AND id = p_user AND is_active <> p_active;
	IF FOUND AND NOT p_active THEN
		DELETE FROM sessions WHERE creator_id = p_creator AND user_id = p_user;
		RETURN true;
	END IF;
	RETURN FOUND;
END $$;
