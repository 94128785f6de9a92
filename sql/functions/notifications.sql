-- The user's notifications. p_unread true: only those not read yet.
CREATE OR REPLACE FUNCTION bookreq_api.list_notifications(p_creator bigint, p_token bytea, p_remote_user text, p_role text,
	p_unread boolean, p_limit int, p_before bigint)
RETURNS bookreq.answer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
DECLARE
	c		bookreq.caller := authenticate(p_creator, p_token, p_remote_user, p_role);
	n		bookreq.notifications;
	v_limit		int := coalesce(p_limit, 100);
	v_objects	text[] := '{}';
	v_last		bigint;		-- the last one of this page
	v_next		bigint;
BEGIN
	FOR n IN
		SELECT * FROM notifications
		WHERE creator_id = c.creator_id AND user_id = c.user_id
			AND (p_before IS NULL OR id < p_before)
			AND (p_unread IS NOT TRUE OR read_at IS NULL)
		ORDER BY id DESC LIMIT v_limit + 1
	LOOP
		IF cardinality(v_objects) = v_limit THEN
			v_next := v_last;
			EXIT;
		END IF;
		v_objects := v_objects || row_to_json((n.id, n.kind, n.message, n.book_request_id, iso(n.created_at),
			iso(n.read_at))::bookreq.notification_object)::text;
		v_last := n.id;
	END LOOP;
	RETURN reading('{"notifications":[' || array_to_string(v_objects, ',') || '],"unread_count":'
		|| unread_count(c.creator_id, c.user_id) || ',"next":' || coalesce(v_next::text, 'null') || '}');
END $$;

-- The audience is locked first, as everywhere, so the count and the notifications stay in step.
CREATE OR REPLACE FUNCTION bookreq_api.read_notifications(p_creator bigint, p_token bytea, p_remote_user text, p_role text,
	p_key text, p_request bytea, p_ids bigint[], p_all boolean)
RETURNS bookreq.answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
DECLARE
	c		bookreq.caller := authenticate(p_creator, p_token, p_remote_user, p_role);
	a		bookreq.answer;
	v_read		int;
	v_unread	int;
BEGIN
	IF p_ids IS NULL AND p_all IS NOT TRUE THEN
		PERFORM refuse('invalid', 'Some fields are not right.',
			'{"errors":[{"field":"ids","message":"ids or all=true is needed"}]}');
	END IF;
	IF p_key IS NOT NULL THEN
		a := replay(c, p_key, p_request);
		IF a.status IS NOT NULL THEN
			RETURN a;
		END IF;
	END IF;

	PERFORM FROM audiences WHERE creator_id = c.creator_id AND user_id = c.user_id FOR NO KEY UPDATE;
	UPDATE notifications SET read_at = clock_timestamp()
	WHERE creator_id = c.creator_id AND user_id = c.user_id AND read_at IS NULL
		AND (p_all IS TRUE OR id = ANY (p_ids));
	GET DIAGNOSTICS v_read = ROW_COUNT;
	UPDATE audiences SET unread_count = unread_count - v_read
	WHERE creator_id = c.creator_id AND user_id = c.user_id
	RETURNING unread_count INTO STRICT v_unread;
	RETURN finish(c, p_key, 200, '{"unread_count":' || v_unread || '}', '{}');
END $$;
