-- Finding what the operator names.

-- A creator by name or id.
CREATE OR REPLACE FUNCTION bookreq_ctl.find_creator(p_creator text) RETURNS bigint
LANGUAGE plpgsql SET search_path = bookreq, pg_temp AS $$
DECLARE
	v_id	bigint;
BEGIN
	SELECT id INTO v_id FROM users WHERE caseless(username) = caseless(p_creator) AND is_creator;
	IF NOT FOUND AND p_creator ~ '^[1-9][0-9]{0,17}$' THEN
		SELECT id INTO v_id FROM users WHERE creator_id = p_creator::bigint AND id = p_creator::bigint;
	END IF;
	IF v_id IS NULL THEN
		PERFORM refuse('not_found', format('There is no creator “%s”.', p_creator));
	END IF;
	RETURN v_id;
END $$;

-- A user by name, everywhere or of one creator.
CREATE OR REPLACE FUNCTION bookreq_ctl.find_user(p_name text, p_creator bigint DEFAULT NULL) RETURNS bookreq.users
LANGUAGE plpgsql SET search_path = bookreq, pg_temp AS $$
DECLARE
	u	bookreq.users;
BEGIN
	SELECT * INTO u FROM users WHERE caseless(username) = caseless(p_name);
	IF NOT FOUND OR u.creator_id <> p_creator THEN
		PERFORM refuse('not_found', format('There is no user “%s”%s.', p_name,
			CASE WHEN p_creator IS NULL THEN '' ELSE ' of this creator' END));
	END IF;
	RETURN u;
END $$;

CREATE OR REPLACE FUNCTION bookreq_ctl.find_tier(p_creator bigint, p_title text) RETURNS bigint
LANGUAGE plpgsql SET search_path = bookreq, pg_temp AS $$
DECLARE
	v_id	bigint;
BEGIN
	SELECT id INTO v_id FROM campaign_tiers WHERE creator_id = p_creator AND title = p_title;
	IF NOT FOUND THEN
		PERFORM refuse('not_found', format('This creator has no tier “%s”.', p_title));
	END IF;
	RETURN v_id;
END $$;
