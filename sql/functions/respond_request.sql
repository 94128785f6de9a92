CREATE OR REPLACE FUNCTION bookreq_api.respond_request(p_creator bigint, p_token bytea, p_remote_user text, p_role text,
	p_key text, p_request bytea, p_id bigint,
	p_status text, p_response_message text, p_expected_version int)
RETURNS bookreq.answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
DECLARE
	c		bookreq.caller := authenticate(p_creator, p_token, p_remote_user, p_role);
	a		bookreq.answer;
	r		bookreq.book_requests;
	v_now		timestamptz;
	v_before	bookreq.request_status;
	v_amount	int;
	v_object	text;
BEGIN
	IF p_key IS NOT NULL THEN
		a := replay(c, p_key, p_request);
		IF a.status IS NOT NULL THEN
			RETURN a;
		END IF;
	END IF;

	r := lock_request(c.creator_id, p_id);
	IF r.version <> p_expected_version THEN
		PERFORM refuse('stale', 'Somebody else has changed this request meanwhile.',
			('{"book_request":' || request_json(r) || '}')::json);
	END IF;

	v_now := clock_timestamp();
	v_before := r.status;
	UPDATE book_requests SET status = p_status::request_status, response_message = p_response_message,
		responded_by_id = c.user_id, response_date = v_now, updated_at = v_now, version = version + 1
	WHERE creator_id = c.creator_id AND id = p_id
	RETURNING * INTO r;

	v_amount := (v_before = 'rejected')::int - (p_status = 'rejected')::int;
	IF v_amount <> 0 THEN
		PERFORM settle_quota(r, c.user_id, v_amount, v_now);
	END IF;
	INSERT INTO activity_log (creator_id, at, actor_id, action, book_request_id, details)
	VALUES (c.creator_id, v_now, c.user_id, 'responded', r.id,
		(SELECT row_to_json(d) FROM (SELECT p_status AS status, v_before AS previous_status) d));

	v_object := request_json(r);
	RETURN finish(c, p_key, 200, '{"book_request":' || v_object || ',"refunded":' || (v_amount = -1) || '}',
		announce(r, v_object, 'status_changed', v_now, v_before, v_amount <> 0,
			p_notify => nullif(r.user_id, c.user_id), p_kind => 'request_responded',
			p_message => 'Your request for “' || r.title || '” is ' || p_status || '.'));
END $$;
