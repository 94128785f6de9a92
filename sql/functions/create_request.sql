-- What is compared when the same book is asked for twice.
CREATE OR REPLACE FUNCTION bookreq.duplicate_key(p_title text, p_author text) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT md5(lower(btrim(regexp_replace(p_title COLLATE "und-x-icu", '\s+', ' ', 'g'))) || E'\n'
		|| lower(btrim(regexp_replace(p_author COLLATE "und-x-icu", '\s+', ' ', 'g'))))::uuid
$$;

CREATE OR REPLACE FUNCTION bookreq_api.create_request(p_creator bigint, p_token bytea, p_remote_user text, p_role text,
	p_key text, p_request bytea,
	p_title text, p_author text, p_link text, p_description text, p_allow_duplicate boolean)
RETURNS bookreq.answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
DECLARE
	c		bookreq.caller := authenticate(p_creator, p_token, p_remote_user, p_role);
	a		bookreq.answer;
	r		bookreq.book_requests;
	v_now		timestamptz := clock_timestamp();
	v_month		text := month_of(v_now);
	v_key		uuid := duplicate_key(p_title, p_author);
	v_used		int;
	v_object	text;
BEGIN
	IF p_key IS NOT NULL THEN
		a := replay(c, p_key, p_request);
		IF a.status IS NOT NULL THEN
			RETURN a;
		END IF;
	END IF;

	-- Locks the row even where the quota is used up, so the user's requests are judged one after the other.
	INSERT INTO quota_usage AS q (creator_id, user_id, month_year, used)
	SELECT c.creator_id, c.user_id, v_month, 1 WHERE c.allowed > 0
	ON CONFLICT (creator_id, user_id, month_year) DO UPDATE
		SET used = q.used + 1 WHERE q.used < c.allowed
	RETURNING used INTO v_used;

	IF p_allow_duplicate IS NOT TRUE THEN
		PERFORM FROM book_requests
		WHERE creator_id = c.creator_id AND user_id = c.user_id
			AND duplicate_key = v_key AND status IN ('pending', 'approved');
		IF FOUND THEN
			PERFORM refuse('duplicate_request', 'You have already asked for this book, and the request is still open.');
		END IF;
	END IF;
	IF v_used IS NULL THEN
		PERFORM refuse('quota_exceeded', 'You have no book requests left this month.');
	END IF;

	INSERT INTO book_requests (creator_id, user_id, title, author, link, description, month_year, created_at, updated_at,
		duplicate_key, search_text)
	VALUES (c.creator_id, c.user_id, p_title, p_author, p_link, p_description, v_month, v_now, v_now, v_key,
		caseless(p_title || E'\n' || p_author || E'\n' || c.username))
	RETURNING * INTO r;
	INSERT INTO quota_ledger (creator_id, user_id, month_year, at, amount, reason, book_request_id, actor_id)
	VALUES (c.creator_id, c.user_id, v_month, v_now, 1, 'charge', r.id, c.user_id);
	INSERT INTO activity_log (creator_id, at, actor_id, action, book_request_id)
	VALUES (c.creator_id, v_now, c.user_id, 'created', r.id);

	v_object := request_json(r);
	RETURN finish(c, p_key, 201, '{"book_request":' || v_object || ',"quota":' || quota_object(c.allowed, v_used, v_month, c.chapters) || '}',
		announce(r, v_object, 'created', v_now, NULL, true));
END $$;
