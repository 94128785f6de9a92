-- The first entry of the creator's that is not older: entries come in the order of time but for the moment that transactions
-- overlap, so halving finds it without an index.
CREATE OR REPLACE FUNCTION bookreq.activity_since(p_creator bigint, p_at timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
	e		record;
	v_low		bigint := 1;
	v_high		bigint := coalesce((SELECT max(id) FROM activity_log WHERE creator_id = p_creator), 0) + 1;
	v_middle	bigint;
BEGIN
	WHILE v_low < v_high LOOP
		v_middle := (v_low + v_high) / 2;
		SELECT id, at INTO e FROM activity_log
		WHERE creator_id = p_creator AND id >= v_middle AND id < v_high ORDER BY id LIMIT 1;
		IF NOT FOUND OR e.at >= p_at THEN
			v_high := v_middle;
		ELSE
			v_low := e.id + 1;
		END IF;
	END LOOP;
	RETURN v_low;
END $$;

CREATE OR REPLACE FUNCTION bookreq_api.list_activity(p_creator bigint, p_token bytea, p_remote_user text, p_role text,
	p_actor_id bigint, p_action text, p_month_year text, p_limit int, p_before bigint)
RETURNS bookreq.answer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
DECLARE
	c		bookreq.caller := authenticate(p_creator, p_token, p_remote_user, p_role);
	e		record;
	v_limit		int := coalesce(p_limit, 100);
	v_action	bookreq.activity := p_action;	-- a constant of its type: an index leaves one out
	v_month		timestamptz := (p_month_year || '-01 00:00:00+00')::timestamptz;
	v_first		bigint;		-- the month's first entry, and the one after its last
	v_end		bigint := p_before;
	v_objects	text[] := '{}';
	v_last		bigint;		-- the last one of this page
	v_next		bigint;
BEGIN
	IF v_month IS NOT NULL THEN
		v_first := activity_since(c.creator_id, v_month);
		v_end := least(v_end, activity_since(c.creator_id, (v_month AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC'));
	END IF;
	FOR e IN
		SELECT l.*, u.username FROM activity_log l
		JOIN users u ON u.creator_id = l.creator_id AND u.id = l.actor_id
		WHERE l.creator_id = c.creator_id AND (v_end IS NULL OR l.id < v_end) AND (v_first IS NULL OR l.id >= v_first)
			AND (p_actor_id IS NULL OR l.actor_id = p_actor_id) AND (v_action IS NULL OR l.action = v_action)
		ORDER BY l.id DESC LIMIT v_limit + 1
	LOOP
		IF cardinality(v_objects) = v_limit THEN
			v_next := v_last;
			EXIT;
		END IF;
		v_objects := v_objects || row_to_json((e.id, iso(e.at), (e.actor_id, e.username)::bookreq.person, e.action,
			e.book_request_id, e.details)::bookreq.activity_object)::text;
		v_last := e.id;
	END LOOP;
	RETURN reading('{"activity":[' || array_to_string(v_objects, ',') || '],"next":' || coalesce(v_next::text, 'null') || '}');
END $$;
