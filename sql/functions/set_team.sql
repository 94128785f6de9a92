-- Makes a user a team member or no longer one; false where he already is as wanted. Both audiences are locked,
-- so every event belongs either to the membership before or to the one after. For a former member an empty event
-- ends the admins' events: it takes a number, so that a bridge cannot pass it without asking who the user is now.
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
	IF FOUND AND NOT p_team THEN
		UPDATE audiences SET last_seq = last_seq + 1 WHERE creator_id = p_creator AND user_id = 0;
		INSERT INTO events (creator_id, audience, seq, to_user, frame) VALUES (p_creator, 0, v_admins + 1, p_user, '{}');
		RETURN true;
	END IF;
	RETURN FOUND;
END $$;

-- What is to be published after set_team() changed something.
CREATE OR REPLACE FUNCTION bookreq.team_messages(p_creator bigint, p_user bigint) RETURNS text[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
	u	record;
BEGIN
	SELECT is_team, feed_prev_until + 1 AS ended_at, epoch INTO STRICT u
	FROM users CROSS JOIN meta WHERE users.creator_id = p_creator AND users.id = p_user;
	RETURN check_message(p_creator, p_user) || CASE WHEN u.is_team THEN '{}' ELSE
		ARRAY[channel(p_creator, 0), events_message(u.epoch, 0, u.ended_at, ARRAY['{}'], ARRAY[p_user])] END;
END $$;
