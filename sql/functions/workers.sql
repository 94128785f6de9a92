-- What workers ask for themselves.

-- What a killed worker may not have published, or one that lost Redis: a poke for every audience that was told of events lately, a check for who was
-- told anything else.
CREATE OR REPLACE FUNCTION bookreq_api.poke_recent(p_seconds int) RETURNS bookreq.answer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
DECLARE
	v_since	timestamptz := now() - make_interval(secs => p_seconds);
	v_epoch	text := (SELECT epoch FROM meta);
BEGIN
	RETURN (200, NULL, false, ARRAY(
		SELECT i.item FROM (
			SELECT channel(a.creator_id, a.user_id), '1 poke ' || v_epoch || ' ' || a.user_id || ' ' || a.last_seq || E'\n'
			FROM (SELECT DISTINCT creator_id, audience FROM events WHERE created_at > v_since) e
			JOIN audiences a ON a.creator_id = e.creator_id AND a.user_id = e.audience
			UNION
			SELECT unnest(CASE WHEN user_id IS NOT NULL THEN ARRAY[channel(creator_id, user_id)]
				ELSE ARRAY[channel(creator_id, 0), subscribers_channel(creator_id)] END), check_message(v_epoch)
			FROM checks WHERE at > v_since
		) p (channel, message)
		CROSS JOIN LATERAL (VALUES (1, p.channel), (2, p.message)) i (place, item)
		ORDER BY p.channel, p.message, i.place))::bookreq.answer;
END $$;

CREATE OR REPLACE FUNCTION bookreq_api.ready() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
BEGIN
	PERFORM schema_version FROM meta;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'the database is not set up: no row in meta';
	END IF;
	RETURN 'ok';
END $$;
