-- The ends of an action: its answer, kept for a repetition where the client gave an Idempotency-Key.

-- The kept answer to the same request; its status is null where the action is to be done now. The unique
-- index lets a second request wait here for the first one's end.
CREATE OR REPLACE FUNCTION bookreq.replay(c bookreq.caller, p_key text, p_request bytea) RETURNS bookreq.answer
LANGUAGE plpgsql AS $$
DECLARE
	k	bookreq.idempotency_keys;
BEGIN
	INSERT INTO idempotency_keys AS i (creator_id, user_id, key, request, created_at)
	VALUES (c.creator_id, c.user_id, p_key, p_request, now())
	ON CONFLICT (creator_id, user_id, key) DO UPDATE
		SET request = excluded.request, status = NULL, body = NULL, created_at = excluded.created_at
		WHERE i.created_at <= now() - interval '24 hours';
	IF FOUND THEN
		RETURN NULL;
	END IF;

	SELECT * INTO STRICT k FROM idempotency_keys
	WHERE creator_id = c.creator_id AND user_id = c.user_id AND key = p_key;
	IF k.request <> p_request THEN
		PERFORM refuse('idempotency_mismatch', 'This Idempotency-Key was used for another request.');
	END IF;
	RETURN (k.status, k.body, true, '{}'::text[])::bookreq.answer;
END $$;

CREATE OR REPLACE FUNCTION bookreq.finish(c bookreq.caller, p_key text, p_status int, p_body text, p_publish text[])
RETURNS bookreq.answer
LANGUAGE plpgsql AS $$
BEGIN
	IF p_key IS NOT NULL THEN
		UPDATE idempotency_keys SET status = p_status, body = p_body
		WHERE creator_id = c.creator_id AND user_id = c.user_id AND key = p_key;
	END IF;
	RETURN (p_status, p_body, false, p_publish)::bookreq.answer;
END $$;

-- The answer of a function that only reads.
CREATE OR REPLACE FUNCTION bookreq.reading(p_body text) RETURNS bookreq.answer
LANGUAGE sql IMMUTABLE AS $$
	SELECT (200, p_body, false, '{}'::text[])::bookreq.answer
$$;
