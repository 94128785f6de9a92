CREATE OR REPLACE FUNCTION bookreq_api.events(p_creator bigint, p_token bytea, p_remote_user text, p_role text,
	p_cursor text)
RETURNS bookreq.answer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
DECLARE
	c		bookreq.caller := authenticate(p_creator, p_token, p_remote_user, p_role);
	p		bookreq.feed_page := read_feed(c, p_cursor, 500, 1048576);
	v_messages	text[] := '{}';
BEGIN
	FOR i IN 1 .. cardinality(p.frames) LOOP
		v_messages := v_messages || (left(p.frames[i], -1) || ',"cursor":"' || p.cursors[i] || '"}');
	END LOOP;
	RETURN reading('{"cursor":"' || cursor_of(p.epoch, c.user_id, p.membership, p.position) || '","recovered":' || (p.state = 'ok')
		|| ',"messages":[' || array_to_string(v_messages, ',') || ']}');
END $$;
