-- Channels and messages for the bridges (docs/design.md). STABLE, not IMMUTABLE: a number becomes text by a function that is no more
-- than that, and PostgreSQL inlines only what promises no more than its body keeps.

CREATE OR REPLACE FUNCTION bookreq.channel(p_creator bigint, p_audience bigint) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT '{' || p_creator || '}:' || CASE p_audience WHEN 0 THEN 'admins' ELSE 'user:' || p_audience END
$$;

CREATE OR REPLACE FUNCTION bookreq.subscribers_channel(p_creator bigint) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT '{' || p_creator || '}:subscribers'
$$;

-- All channels of a user's bridges: the own, that of the same kind of user with this creator, and everybody's, which counts them.
CREATE OR REPLACE FUNCTION bookreq.channels(c bookreq.caller) RETURNS text[]
LANGUAGE sql STABLE AS $$
	SELECT ARRAY[channel(c.creator_id, c.user_id),
		CASE WHEN c.is_admin THEN channel(c.creator_id, 0) ELSE subscribers_channel(c.creator_id) END,
		'sockets']
$$;

-- Events of the numbers from p_first on; p_to says for each frame whom it is for.
CREATE OR REPLACE FUNCTION bookreq.events_message(p_epoch text, p_audience bigint, p_first bigint,
	p_frames text[], p_to bigint[]) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	v_message	text := '1 events ' || p_epoch || ' ' || p_audience || ' ' || p_first || ' '
				|| cardinality(p_frames) || E'\n';
BEGIN
	FOR i IN 1 .. cardinality(p_frames) LOOP
		v_message := v_message || p_to[i] || ' ' || p_frames[i] || E'\n';
	END LOOP;
	RETURN v_message;
END $$;

CREATE OR REPLACE FUNCTION bookreq.check_message(p_epoch text) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT '1 check ' || p_epoch || E'\n'
$$;

-- Tells the user's bridges to ask again who he is. Remembered for a while, as no number would show that it was lost (poke_recent).
CREATE OR REPLACE FUNCTION bookreq.send_check(p_creator bigint, p_user bigint) RETURNS text[]
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO checks (creator_id, user_id) VALUES (p_creator, p_user);
	RETURN ARRAY[channel(p_creator, p_user), check_message((SELECT epoch FROM meta))];
END $$;

-- What a user's quota depends on besides events: bridges compare it, nothing more.
CREATE OR REPLACE FUNCTION bookreq.quota_terms(p_month text, p_allowed int, p_chapters int) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT p_month || '/' || p_allowed || '/' || p_chapters
$$;

-- A frame that is no event: shown to whoever is there, without a cursor, and not kept.
CREATE OR REPLACE FUNCTION bookreq.state_message(p_epoch text, p_audience bigint, p_seq bigint, p_version bigint, p_terms text,
	p_user bigint, p_frame text) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT '1 state ' || p_epoch || ' ' || p_audience || ' ' || p_seq || ' ' || p_version || ' ' || p_terms || E'\n' || p_user || ' ' || p_frame || E'\n'
$$;
