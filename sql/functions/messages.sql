-- Channels and messages for the bridges (docs/design.md). STABLE, not IMMUTABLE: a number becomes text by a function that is no more
-- than that, and PostgreSQL inlines only what promises no more than its body keeps.

CREATE OR REPLACE FUNCTION bookreq.channel(p_creator bigint, p_audience bigint) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT '{' || p_creator || '}:' || CASE p_audience WHEN 0 THEN 'admins' ELSE 'user:' || p_audience END
$$;

-- All channels of a user's bridges: the own, that of the same kind of user with this creator, and everybody's.
CREATE OR REPLACE FUNCTION bookreq.channels(c bookreq.caller) RETURNS text[]
LANGUAGE sql STABLE AS $$
	SELECT ARRAY[channel(c.creator_id, c.user_id),
		CASE WHEN c.is_admin THEN channel(c.creator_id, 0) ELSE '{' || c.creator_id || '}:subscribers' END,
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

-- Tells the user's bridges to ask again who he is.
CREATE OR REPLACE FUNCTION bookreq.check_message(p_creator bigint, p_user bigint) RETURNS text[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN ARRAY[channel(p_creator, p_user), '1 check ' || (SELECT epoch FROM meta) || E'\n'];
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
