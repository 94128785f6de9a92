-- bookreqctl user import: members from a CSV export. The key is the e-mail address within the creator, so the same file
-- may come again, after an interruption or next month.

CREATE OR REPLACE FUNCTION bookreq_ctl.free_name(p_name text) RETURNS text
LANGUAGE plpgsql SET search_path = bookreq, pg_temp AS $$
DECLARE
	v_name	text := p_name;
BEGIN
	FOR i IN 2 .. 100000 LOOP
		PERFORM FROM users WHERE caseless(username) = caseless(v_name);
		IF NOT FOUND THEN
			EXIT;
		END IF;
		v_name := rtrim(left(p_name, 190)) || ' (' || i || ')';
	END LOOP;
	RETURN v_name;
END $$;

-- One row; what was done, of added, moved, activated, deactivated. A refusal is for the caller to catch.
CREATE OR REPLACE FUNCTION bookreq_ctl.import_row(p_creator bigint, p_name text, p_email text, p_tier text, p_status text)
RETURNS text[]
LANGUAGE plpgsql SET search_path = bookreq, pg_temp AS $$
DECLARE
	u		bookreq.users;
	v_tier		bigint;
	v_id		bigint;
	v_done		text[] := '{}';
BEGIN
	IF p_email = '' THEN
		PERFORM refuse('invalid', 'Email is empty.');
	END IF;
	IF p_tier <> '' THEN
		v_tier := bookreq_ctl.find_tier(p_creator, p_tier);
	END IF;
	SELECT * INTO u FROM users WHERE creator_id = p_creator AND caseless(email) = caseless(p_email) FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		IF p_name = '' THEN
			PERFORM refuse('invalid', 'Name is empty.');
		END IF;
		v_id := bookreq_ctl.insert_user(p_creator, bookreq_ctl.free_name(p_name), p_email, v_tier, NULL);
		SELECT * INTO STRICT u FROM users WHERE creator_id = p_creator AND id = v_id;
		v_done := v_done || 'added'::text;
	ELSIF u.tier_id IS DISTINCT FROM v_tier THEN
		UPDATE users SET tier_id = v_tier WHERE creator_id = p_creator AND id = u.id;
		v_done := v_done || 'moved'::text;
	END IF;

	IF lower(p_status) = 'former patron' AND u.is_active THEN
		IF u.is_creator THEN
			PERFORM refuse('invalid', 'This is the creator, who is always active.');
		END IF;
		PERFORM set_active(p_creator, u.id, false);
		v_done := v_done || 'deactivated'::text;
	ELSIF lower(p_status) = 'active patron' AND NOT u.is_active THEN
		PERFORM set_active(p_creator, u.id, true);
		v_done := v_done || 'activated'::text;
	END IF;
	RETURN v_done;
END $$;

-- p_rows: [{"line","name","email","tier","status"}, …]. A bad row is named and changes nothing; the others are done.
CREATE OR REPLACE FUNCTION bookreq_ctl.user_import(p_creator text, p_rows json) RETURNS bookreq_ctl.answer
LANGUAGE plpgsql SET search_path = bookreq, pg_temp AS $$
DECLARE
	v_creator	bigint := bookreq_ctl.find_creator(p_creator);
	v_version	bigint := begin_terms_change(v_creator);
	r		record;
	v_done		text[];
	v_all		text[] := '{}';
	v_changes	text[] := '{}';
	v_errors	json[] := '{}';
	v_publish	text[] := '{}';
BEGIN
	FOR r IN SELECT * FROM json_to_recordset(p_rows) AS x (line int, name text, email text, tier text, status text) LOOP
		BEGIN
			v_done := bookreq_ctl.import_row(v_creator, r.name, r.email, r.tier, r.status);
			v_all := v_all || v_done;
			IF v_done <> '{}' THEN
				v_changes := v_changes || format('line %s: %s: %s', r.line, r.email, array_to_string(v_done, ', '));
				SELECT v_publish || CASE WHEN v_done && '{activated,deactivated}' THEN send_check(v_creator, id) END
					|| CASE WHEN 'moved' = ANY (v_done) THEN quota_messages(v_creator, v_version, NULL, id) END
				INTO STRICT v_publish
				FROM users WHERE creator_id = v_creator AND caseless(email) = caseless(r.email);
			END IF;
		EXCEPTION WHEN OTHERS THEN
			IF SQLSTATE NOT LIKE 'BR%' THEN
				RAISE;
			END IF;
			v_errors := v_errors || json_build_object('line', r.line, 'message', SQLERRM);
		END;
	END LOOP;
	RETURN (json_build_object(
		'added', cardinality(array_positions(v_all, 'added')), 'moved', cardinality(array_positions(v_all, 'moved')),
		'activated', cardinality(array_positions(v_all, 'activated')),
		'deactivated', cardinality(array_positions(v_all, 'deactivated')),
		'errors', array_to_json(v_errors), 'changes', array_to_json(v_changes)), v_publish)::bookreq_ctl.answer;
END $$;
