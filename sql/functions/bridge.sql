-- What the bridges ask (docs/design.md): answers are lines of text.

-- Told to who joined or left the team since p_cursor, once the page has come to the present membership, so that a client need not wait
-- for the next event to learn that its cursors are of another one.
CREATE OR REPLACE FUNCTION bookreq.moved(c bookreq.caller, p bookreq.feed_page, p_cursor text) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN p.state = 'ok' AND p.membership = c.membership AND split_part(p_cursor, '-', 3) <> c.membership::text
		THEN 'frame - {"type":"heartbeat","cursor":"' || cursor_of(p.epoch, c.user_id, p.membership, p.position) || E'"}\n' ELSE '' END
$$;

-- The page after p_cursor, begun with the frames of p_first.
CREATE OR REPLACE FUNCTION bookreq.bridge_page(c bookreq.caller, p bookreq.feed_page, p_cursor text, p_first text) RETURNS bookreq.answer
LANGUAGE plpgsql STABLE AS $$
DECLARE
	v_lines	text;
BEGIN
	v_lines := E'bookreq-bridge 1\nstream ' || p.epoch || '-' || c.user_id || '-' || p.membership
		|| E'\naudience ' || p.audience || E'\nuser ' || c.user_id
		|| E'\nposition ' || p.position || E'\nlast ' || p.last
		|| E'\nterms ' || quota_terms(month_of(now()), c.allowed, c.chapters)
		|| E'\nchannel ' || array_to_string(channels(c), E'\nchannel ') || E'\n' || p_first;
	FOR i IN 1 .. cardinality(p.frames) LOOP
		v_lines := v_lines || 'frame ' || p.cursors[i] || ' ' || p.frames[i] || E'\n';
	END LOOP;
	RETURN reading(v_lines || moved(c, p, p_cursor));
END $$;

CREATE OR REPLACE FUNCTION bookreq_api.bridge_open(p_creator bigint, p_token bytea, p_remote_user text, p_role text,
	p_user bigint, p_cursor text)
RETURNS bookreq.answer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
DECLARE
	c	bookreq.caller := authenticate(p_creator, p_token, p_remote_user, p_role);
	p	bookreq.feed_page;
BEGIN
	IF p_user IS DISTINCT FROM c.user_id THEN
		PERFORM refuse('forbidden', 'user_id is not the user who is logged in.');
	END IF;
	p := read_feed(c, p_cursor, 64, 49152);
	RETURN bridge_page(c, p, p_cursor, 'frame - {"type":"connected","message":"Connected to book requests live updates"}'
		|| E'\nframe - {"type":"initial_data","quota":' || own_quota(c)
		|| ',"pending_count":' || CASE WHEN c.is_admin THEN pending_count(c.creator_id) ELSE 0 END
		|| ',"unread_count":' || unread_count(c.creator_id, c.user_id)
		|| ',"cursor":"' || CASE p.state WHEN 'ok' THEN p_cursor ELSE cursor_of(p.epoch, c.user_id, p.membership, p.position) END
		|| '","recovered":' || (p.state = 'ok') || E'}\n');
END $$;

CREATE OR REPLACE FUNCTION bookreq_api.bridge_fetch(p_creator bigint, p_token bytea, p_remote_user text, p_role text,
	p_cursor text)
RETURNS bookreq.answer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
DECLARE
	c	bookreq.caller := authenticate(p_creator, p_token, p_remote_user, p_role);
	p	bookreq.feed_page := read_feed(c, p_cursor, 64, 49152);
BEGIN
	IF p.state = 'epoch' THEN
		PERFORM refuse('epoch_changed', 'The database was restored; please reload.');
	ELSIF p.state <> 'ok' THEN
		PERFORM refuse('going_away', 'The events after this position are no longer kept; please connect again.');
	END IF;
	RETURN bridge_page(c, p, p_cursor, '');
END $$;

CREATE OR REPLACE FUNCTION bookreq_api.bridge_refresh(p_creator bigint, p_token bytea, p_remote_user text, p_role text,
	p_what text)
RETURNS bookreq.answer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
DECLARE
	c	bookreq.caller := authenticate(p_creator, p_token, p_remote_user, p_role);
	v_lines	text := E'bookreq-bridge 1\n';
BEGIN
	IF p_what IN ('quota', 'state') THEN
		v_lines := v_lines || 'frame ' || CASE p_what WHEN 'quota' THEN '=' ELSE '-' END || ' {"type":"quota_update","quota":'
			|| own_quota(c) || E'}\n';
	ELSIF p_what = 'pending' AND c.is_admin THEN
		v_lines := v_lines || 'frame = {"type":"pending_count_update","pending_count":'
			|| pending_count(c.creator_id) || E'}\n';
	END IF;
	RETURN reading(v_lines);
END $$;
