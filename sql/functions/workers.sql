-- What workers ask for themselves.

-- Pokes for every audience that was told something lately: what a killed worker may not have published.
CREATE OR REPLACE FUNCTION bookreq_api.poke_recent(p_seconds int) RETURNS bookreq.answer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
BEGIN
	RETURN (200, NULL, false, ARRAY(
		SELECT i.item FROM (SELECT DISTINCT e.creator_id, e.audience FROM events e
			WHERE e.created_at > now() - make_interval(secs => p_seconds)) r
		JOIN audiences a ON a.creator_id = r.creator_id AND a.user_id = r.audience
		CROSS JOIN meta m
		CROSS JOIN LATERAL (VALUES (1, channel(a.creator_id, a.user_id)),
			(2, '1 poke ' || m.epoch || ' ' || a.user_id || ' ' || a.last_seq || E'\n')) i (place, item)
		ORDER BY a.creator_id, a.user_id, i.place))::bookreq.answer;
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
