-- The creator's team.

CREATE OR REPLACE FUNCTION bookreq.team_json(p_creator bigint) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN '{"team":[' || array_to_string(ARRAY(
		SELECT row_to_json((id, username, is_creator, is_active)::bookreq.team_object)::text FROM (
			SELECT * FROM users WHERE creator_id = p_creator AND id = p_creator
			UNION ALL
			SELECT * FROM users WHERE creator_id = p_creator AND is_team
		) u ORDER BY NOT is_creator, id), ',') || ']}';
END $$;

-- One of the creator's users, not the creator: whom the creator may put into the team or lock out.
CREATE OR REPLACE FUNCTION bookreq.find_member(p_creator bigint, p_user bigint, p_username text DEFAULT NULL) RETURNS bookreq.users
LANGUAGE plpgsql STABLE AS $$
DECLARE
	u	bookreq.users;
BEGIN
	IF p_user IS NOT NULL THEN
		SELECT * INTO u FROM users WHERE creator_id = p_creator AND id = p_user AND NOT is_creator;
	ELSE
		SELECT * INTO u FROM users
		WHERE caseless(username) = caseless(p_username) AND creator_id = p_creator AND NOT is_creator;
	END IF;
	IF u.id IS NULL THEN
		PERFORM refuse('not_found', 'There is no such user.');
	END IF;
	RETURN u;
END $$;

-- Who did what to which user.
CREATE OR REPLACE FUNCTION bookreq.log_person(c bookreq.caller, p_action bookreq.activity, u bookreq.users) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO activity_log (creator_id, at, actor_id, action, details)
	VALUES (c.creator_id, clock_timestamp(), c.user_id, p_action,
		('{"user":' || row_to_json((u.id, u.username)::bookreq.person) || '}')::json);
END $$;

CREATE OR REPLACE FUNCTION bookreq_api.list_team(p_creator bigint, p_token bytea, p_remote_user text, p_role text)
RETURNS bookreq.answer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
DECLARE
	c	bookreq.caller := authenticate(p_creator, p_token, p_remote_user, p_role);
BEGIN
	RETURN reading(team_json(c.creator_id));
END $$;

-- By id or by name; by id where both are given.
CREATE OR REPLACE FUNCTION bookreq_api.add_team(p_creator bigint, p_token bytea, p_remote_user text, p_role text,
	p_key text, p_request bytea, p_user_id bigint, p_username text)
RETURNS bookreq.answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
DECLARE
	c		bookreq.caller := authenticate(p_creator, p_token, p_remote_user, p_role);
	a		bookreq.answer;
	u		bookreq.users;
	v_publish	text[] := '{}';
BEGIN
	IF p_user_id IS NULL AND p_username IS NULL THEN
		PERFORM refuse('invalid', 'Some fields are not right.',
			'{"errors":[{"field":"user_id","message":"user_id or username is needed"}]}');
	END IF;
	IF p_key IS NOT NULL THEN
		a := replay(c, p_key, p_request);
		IF a.status IS NOT NULL THEN
			RETURN a;
		END IF;
	END IF;

	u := find_member(c.creator_id, p_user_id, p_username);
	IF set_team(c.creator_id, u.id, true) THEN
		PERFORM log_person(c, 'team_added', u);
		v_publish := team_messages(c.creator_id, u.id);
	END IF;
	RETURN finish(c, p_key, 200, team_json(c.creator_id), v_publish);
END $$;

CREATE OR REPLACE FUNCTION bookreq_api.remove_team(p_creator bigint, p_token bytea, p_remote_user text, p_role text,
	p_id bigint)
RETURNS bookreq.answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
DECLARE
	c	bookreq.caller := authenticate(p_creator, p_token, p_remote_user, p_role);
	u	bookreq.users := find_member(c.creator_id, p_id);
BEGIN
	IF NOT set_team(c.creator_id, u.id, false) THEN
		PERFORM refuse('not_found', 'There is no such team member.');
	END IF;
	PERFORM log_person(c, 'team_removed', u);
	RETURN (204, NULL, false, team_messages(c.creator_id, u.id))::bookreq.answer;
END $$;
