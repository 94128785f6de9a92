-- The creator locks users out and lets them in again.

CREATE OR REPLACE FUNCTION bookreq.change_active(c bookreq.caller, p_key text, p_request bytea, p_id bigint, p_active boolean)
RETURNS bookreq.answer
LANGUAGE plpgsql AS $$
DECLARE
	a		bookreq.answer;
	u		bookreq.users;
	v_publish	text[] := '{}';
BEGIN
	IF p_key IS NOT NULL THEN
		a := replay(c, p_key, p_request);
		IF a.status IS NOT NULL THEN
			RETURN a;
		END IF;
	END IF;

	u := find_member(c.creator_id, p_id);
	IF set_active(u.creator_id, u.id, p_active) THEN
		PERFORM log_person(c, CASE WHEN p_active THEN 'user_activated' ELSE 'user_deactivated' END::activity, u);
		v_publish := send_check(u.creator_id, u.id);
	END IF;
	RETURN finish(c, p_key, 204, NULL, v_publish);
END $$;

CREATE OR REPLACE FUNCTION bookreq_api.deactivate_user(p_creator bigint, p_token bytea, p_remote_user text, p_role text,
	p_key text, p_request bytea, p_id bigint)
RETURNS bookreq.answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
BEGIN
	RETURN change_active(authenticate(p_creator, p_token, p_remote_user, p_role), p_key, p_request, p_id, false);
END $$;

CREATE OR REPLACE FUNCTION bookreq_api.activate_user(p_creator bigint, p_token bytea, p_remote_user text, p_role text,
	p_key text, p_request bytea, p_id bigint)
RETURNS bookreq.answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
BEGIN
	RETURN change_active(authenticate(p_creator, p_token, p_remote_user, p_role), p_key, p_request, p_id, true);
END $$;
