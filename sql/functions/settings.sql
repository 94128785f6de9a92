-- The creator changes a tier: what its users may ask for, and how many chapters of each book.

-- A tier as the API shows it; `users` are its active subscribers.
CREATE OR REPLACE FUNCTION bookreq.tier_json(t bookreq.campaign_tiers) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN row_to_json((t.id, t.title, t.book_requests_allowed, t.chapters_allowed_per_book_request,
		(SELECT count(*) FROM users WHERE creator_id = t.creator_id AND tier_id = t.id AND is_active AND NOT is_team AND NOT is_creator)
		)::bookreq.tier_object);
END $$;

-- Null leaves a number as it is.
CREATE OR REPLACE FUNCTION bookreq.change_tier(c bookreq.caller, p_key text, p_request bytea, p_title text,
	p_requests int, p_chapters int)
RETURNS bookreq.answer
LANGUAGE plpgsql AS $$
DECLARE
	a		bookreq.answer;
	t		bookreq.campaign_tiers;
	v_updated	bigint;
	v_version	bigint;
BEGIN
	IF p_key IS NOT NULL THEN
		a := replay(c, p_key, p_request);
		IF a.status IS NOT NULL THEN
			RETURN a;
		END IF;
	END IF;

	v_version := begin_terms_change(c.creator_id);
	UPDATE campaign_tiers SET book_requests_allowed = coalesce(p_requests, book_requests_allowed),
		chapters_allowed_per_book_request = coalesce(p_chapters, chapters_allowed_per_book_request)
	WHERE creator_id = c.creator_id AND title = p_title
	RETURNING * INTO t;
	IF NOT FOUND THEN
		PERFORM refuse('not_found', 'There is no such tier.');
	END IF;
	SELECT count(*) INTO v_updated FROM users
	WHERE creator_id = c.creator_id AND tier_id = t.id AND is_active AND allowance IS NULL;
	INSERT INTO activity_log (creator_id, at, actor_id, action, details)
	VALUES (c.creator_id, clock_timestamp(), c.user_id, 'settings_changed', row_to_json((t.id, t.title, t.book_requests_allowed,
		t.chapters_allowed_per_book_request, v_updated)::bookreq.tier_object));
	RETURN finish(c, p_key, 200, '{"tier":' || tier_json(t) || ',"users_updated":' || v_updated || '}',
		quota_messages(c.creator_id, v_version, t.id));
END $$;

CREATE OR REPLACE FUNCTION bookreq_api.settings(p_creator bigint, p_token bytea, p_remote_user text, p_role text,
	p_key text, p_request bytea, p_tier_id text, p_book_requests_allowed int)
RETURNS bookreq.answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
BEGIN
	RETURN change_tier(authenticate(p_creator, p_token, p_remote_user, p_role), p_key, p_request,
		p_tier_id, p_book_requests_allowed, NULL);
END $$;

CREATE OR REPLACE FUNCTION bookreq_api.chapters_settings(p_creator bigint, p_token bytea, p_remote_user text, p_role text,
	p_key text, p_request bytea, p_tier_id text, p_chapters_allowed_per_book_request int)
RETURNS bookreq.answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
BEGIN
	RETURN change_tier(authenticate(p_creator, p_token, p_remote_user, p_role), p_key, p_request,
		p_tier_id, NULL, p_chapters_allowed_per_book_request);
END $$;
