CREATE OR REPLACE FUNCTION bookreq_api.accept_request(p_creator bigint, p_token bytea, p_remote_user text, p_role text,
	p_key text, p_request bytea, p_id bigint)
RETURNS bookreq.answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
DECLARE
	c		bookreq.caller := authenticate(p_creator, p_token, p_remote_user, p_role);
	a		bookreq.answer;
	r		bookreq.book_requests;
	v_now		timestamptz;
	v_object	text;
BEGIN
	IF p_key IS NOT NULL THEN
		a := replay(c, p_key, p_request);
		IF a.status IS NOT NULL THEN
			RETURN a;
		END IF;
	END IF;

	r := lock_request(c.creator_id, p_id);
	IF r.accepted_by_id IS NOT NULL THEN
		PERFORM refuse('already_accepted', 'This request has already been accepted.');
	END IF;

	v_now := clock_timestamp();
	UPDATE book_requests SET accepted_by_id = c.user_id, accepted_at = v_now, updated_at = v_now, version = version + 1
	WHERE creator_id = c.creator_id AND id = p_id
	RETURNING * INTO r;
	INSERT INTO activity_log (creator_id, at, actor_id, action, book_request_id)
	VALUES (c.creator_id, v_now, c.user_id, 'accepted', r.id);

	v_object := request_json(r);
	RETURN finish(c, p_key, 200, '{"book_request":' || v_object || '}',
		announce(r, v_object, 'accepted', v_now, r.status,
			p_notify => nullif(r.user_id, c.user_id), p_kind => 'request_accepted',
			p_message => 'Your request for “' || r.title || '” was accepted.'));
END $$;
