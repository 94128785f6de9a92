-- Makes a user a team member or no longer one; false where he already is as wanted. Both audiences are locked,
-- so every event belongs either to the membership before or to the one after. An empty event ends the former: it
-- takes a number, so that a bridge cannot pass it without asking who the user is now.
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
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	WITH ended AS (
		UPDATE audiences SET last_seq = last_seq + 1
		WHERE creator_id = p_creator AND user_id = CASE WHEN p_team THEN p_user ELSE 0 END
		RETURNING user_id, last_seq
	)
	INSERT INTO events (creator_id, audience, seq, to_user, frame) SELECT p_creator, user_id, last_seq, p_user, '{}' FROM ended;
	RETURN true;
END $$;

-- What is to be published after set_team() changed something. Volatile: it has to see that from within the same statement.
CREATE OR REPLACE FUNCTION bookreq.team_messages(p_creator bigint, p_user bigint) RETURNS text[]
LANGUAGE plpgsql AS $$
DECLARE
	u		record;
	v_ended		bigint;		-- the audience of the membership before
BEGIN
	SELECT is_team, feed_prev_until + 1 AS ended_at, epoch INTO STRICT u
	FROM users CROSS JOIN meta WHERE users.creator_id = p_creator AND users.id = p_user;
	v_ended := CASE WHEN u.is_team THEN p_user ELSE 0 END;
	RETURN send_check(p_creator, p_user) || ARRAY[channel(p_creator, v_ended),
		events_message(u.epoch, v_ended, u.ended_at, ARRAY['{}'], ARRAY[p_user])];
END $$;
