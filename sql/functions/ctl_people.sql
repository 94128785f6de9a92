-- bookreqctl creator, user, team.

-- Refuses a name or an e-mail address before a constraint does it less clearly.
CREATE OR REPLACE FUNCTION bookreq_ctl.check_identity(p_name text, p_email text) RETURNS void
LANGUAGE plpgsql SET search_path = bookreq, pg_temp AS $$
BEGIN
	IF p_name IS NULL OR p_name <> btrim(p_name) OR char_length(p_name) NOT BETWEEN 1 AND 200
		OR p_name ~ '[[:cntrl:]]' THEN
		PERFORM refuse('invalid', 'A user name has 1 to 200 characters, none of them a control character, and no space at its ends.');
	ELSIF char_length(p_email) NOT BETWEEN 3 AND 320 OR p_email ~ '[[:cntrl:][:space:]]' OR strpos(p_email, '@') = 0 THEN
		PERFORM refuse('invalid', format('“%s” is not an e-mail address.', p_email));
	END IF;
END $$;

-- Adds a user; p_creator null: a creator.
CREATE OR REPLACE FUNCTION bookreq_ctl.insert_user(p_creator bigint, p_name text, p_email text, p_tier bigint, p_hash text)
RETURNS bigint
LANGUAGE plpgsql SET search_path = bookreq, pg_temp AS $$
DECLARE
	v_id	bigint := nextval('users_id_seq');
BEGIN
	PERFORM bookreq_ctl.check_identity(p_name, p_email);
	INSERT INTO users (creator_id, id, username, email, password_hash, is_creator, tier_id)
	VALUES (coalesce(p_creator, v_id), v_id, p_name, p_email, p_hash, p_creator IS NULL, p_tier)
	ON CONFLICT DO NOTHING;
	IF FOUND THEN
		RETURN v_id;
	END IF;
	PERFORM FROM users WHERE caseless(username) = caseless(p_name);
	IF FOUND THEN
		PERFORM refuse('invalid', format('The user name “%s” is taken.', p_name));
	END IF;
	PERFORM refuse('invalid', format('Another user of this creator has the e-mail address “%s”.', p_email));
END $$;

CREATE OR REPLACE FUNCTION bookreq_ctl.creator_add(p_name text, p_email text, p_hash text) RETURNS bookreq_ctl.answer
LANGUAGE plpgsql SET search_path = bookreq, pg_temp AS $$
BEGIN
	RETURN ('{"id":' || bookreq_ctl.insert_user(NULL, p_name, p_email, NULL, p_hash) || '}', '{}')::bookreq_ctl.answer;
END $$;

CREATE OR REPLACE FUNCTION bookreq_ctl.user_add(p_name text, p_creator text, p_tier text, p_email text, p_hash text)
RETURNS bookreq_ctl.answer
LANGUAGE plpgsql SET search_path = bookreq, pg_temp AS $$
DECLARE
	v_creator	bigint := bookreq_ctl.find_creator(p_creator);
	v_tier		bigint := CASE WHEN p_tier IS NOT NULL THEN bookreq_ctl.find_tier(v_creator, p_tier) END;
BEGIN
	RETURN ('{"id":' || bookreq_ctl.insert_user(v_creator, p_name, p_email, v_tier, p_hash) || '}', '{}')::bookreq_ctl.answer;
END $$;

-- What has p_set_… false stays as it is; null takes the tier, the allowance or the address away.
CREATE OR REPLACE FUNCTION bookreq_ctl.user_set(p_name text, p_tier text, p_set_tier boolean,
	p_allowance int, p_set_allowance boolean, p_email text, p_set_email boolean)
RETURNS bookreq_ctl.answer
LANGUAGE plpgsql SET search_path = bookreq, pg_temp AS $$
DECLARE
	u	bookreq.users := bookreq_ctl.find_user(p_name);
	v_tier	bigint := CASE WHEN p_set_tier AND p_tier IS NOT NULL THEN bookreq_ctl.find_tier(u.creator_id, p_tier) END;
	v_version	bigint := CASE WHEN p_set_tier OR p_set_allowance THEN begin_terms_change(u.creator_id) END;
BEGIN
	IF p_set_allowance AND p_allowance NOT BETWEEN 0 AND 100000 THEN
		PERFORM refuse('invalid', 'An allowance is a number from 0 to 100000.');
	END IF;
	IF p_set_email THEN
		PERFORM bookreq_ctl.check_identity(u.username, p_email);
		PERFORM FROM users
		WHERE creator_id = u.creator_id AND caseless(email) = caseless(p_email) AND id <> u.id;
		IF FOUND THEN
			PERFORM refuse('invalid', format('Another user of this creator has the e-mail address “%s”.', p_email));
		END IF;
	END IF;
	UPDATE users SET tier_id = CASE WHEN p_set_tier THEN v_tier ELSE tier_id END,
		allowance = CASE WHEN p_set_allowance THEN p_allowance ELSE allowance END,
		email = CASE WHEN p_set_email THEN p_email ELSE email END
	WHERE creator_id = u.creator_id AND id = u.id;
	RETURN ('{"id":' || u.id || '}', CASE WHEN v_version IS NOT NULL THEN quota_messages(u.creator_id, v_version, NULL, u.id)
		ELSE '{}' END)::bookreq_ctl.answer;
END $$;

CREATE OR REPLACE FUNCTION bookreq_ctl.user_passwd(p_name text, p_hash text) RETURNS bookreq_ctl.answer
LANGUAGE plpgsql SET search_path = bookreq, pg_temp AS $$
DECLARE
	u	bookreq.users := bookreq_ctl.find_user(p_name);
BEGIN
	UPDATE users SET password_hash = p_hash WHERE creator_id = u.creator_id AND id = u.id;
	DELETE FROM sessions WHERE creator_id = u.creator_id AND user_id = u.id AND kind = 'login';
	RETURN ('{"id":' || u.id || '}', send_check(u.creator_id, u.id))::bookreq_ctl.answer;
END $$;

CREATE OR REPLACE FUNCTION bookreq_ctl.user_active(p_name text, p_active boolean) RETURNS bookreq_ctl.answer
LANGUAGE plpgsql SET search_path = bookreq, pg_temp AS $$
DECLARE
	u	bookreq.users := bookreq_ctl.find_user(p_name);
BEGIN
	IF u.is_creator THEN
		PERFORM refuse('invalid', format('“%s” is a creator; creators are always active.', u.username));
	END IF;
	PERFORM set_active(u.creator_id, u.id, p_active);
	RETURN ('{"id":' || u.id || '}', send_check(u.creator_id, u.id))::bookreq_ctl.answer;
END $$;

CREATE OR REPLACE FUNCTION bookreq_ctl.user_list(p_creator text) RETURNS bookreq_ctl.answer
LANGUAGE plpgsql SET search_path = bookreq, pg_temp AS $$
DECLARE
	v_creator	bigint := bookreq_ctl.find_creator(p_creator);
	v_users		text;
BEGIN
	SELECT string_agg(row_to_json(o)::text, ',' ORDER BY o.id) INTO v_users FROM (
		SELECT u.id, u.username, u.email, u.is_creator, u.is_team, nullif(u.creator_id, u.id) AS created_by,
			CASE WHEN t.id IS NOT NULL THEN (t.id, t.title)::bookreq.tier_name END AS tier,
			u.is_active, u.allowance
		FROM users u
		LEFT JOIN campaign_tiers t ON t.creator_id = u.creator_id AND t.id = u.tier_id
		WHERE u.creator_id = v_creator) o;
	RETURN ('{"users":[' || v_users || ']}', '{}')::bookreq_ctl.answer;
END $$;

-- Names of other creators' users are as unknown as any.
CREATE OR REPLACE FUNCTION bookreq_ctl.team_change(p_creator text, p_name text, p_team boolean) RETURNS bookreq_ctl.answer
LANGUAGE plpgsql SET search_path = bookreq, pg_temp AS $$
DECLARE
	u	bookreq.users := bookreq_ctl.find_user(p_name, bookreq_ctl.find_creator(p_creator));
BEGIN
	IF u.is_creator THEN
		PERFORM refuse('invalid', format('“%s” is the creator, not a team member.', u.username));
	END IF;
	RETURN ('{"id":' || u.id || '}',
		CASE WHEN set_team(u.creator_id, u.id, p_team) THEN team_messages(u.creator_id, u.id) ELSE '{}' END)::bookreq_ctl.answer;
END $$;

CREATE OR REPLACE FUNCTION bookreq_ctl.team_add(p_creator text, p_name text) RETURNS bookreq_ctl.answer
LANGUAGE sql AS $$
	SELECT bookreq_ctl.team_change(p_creator, p_name, true)
$$;

CREATE OR REPLACE FUNCTION bookreq_ctl.team_remove(p_creator text, p_name text) RETURNS bookreq_ctl.answer
LANGUAGE sql AS $$
	SELECT bookreq_ctl.team_change(p_creator, p_name, false)
$$;
