-- Deletes one batch of what is no longer kept: events after 7 days, expired sessions, idempotency keys after 24
-- hours, log-in attempts that count no more, checks that every bridge has made by itself since. To be called with the
-- batch before's next_creator and next_user, from 0 and 0 on, until these are null: every batch is a transaction of its
-- own, so that nobody waits long for an audience.
CREATE OR REPLACE FUNCTION bookreq_ctl.prune(p_creator bigint, p_user bigint) RETURNS bookreq_ctl.answer
LANGUAGE plpgsql SET search_path = bookreq, pg_temp AS $$
DECLARE
	c_audiences	CONSTANT int := 200;
	c_events	CONSTANT int := 2000;	-- of one audience
	c_rows		CONSTANT int := 5000;
	v_cutoff	CONSTANT timestamptz := now() - interval '7 days';
	a		record;
	v_upto		bigint;
	v_count		int;
	v_events	int := 0;
	v_again		boolean := false;	-- there is more than a batch of something
	v_sessions	int;
	v_keys		int;
	v_attempts	int;
	v_checks	int;
	v_next		bigint[];
BEGIN
	-- Users' rows by id, then the creators': the order in which every transaction locks audiences.
	FOR a IN
		SELECT b.* FROM (
			SELECT creator_id, user_id, min_seq FROM audiences
			WHERE (creator_id, user_id) > (p_creator, p_user)
			ORDER BY creator_id, user_id LIMIT c_audiences
		) b
		JOIN events e ON e.creator_id = b.creator_id AND e.audience = b.user_id AND e.seq = b.min_seq
		WHERE e.created_at < v_cutoff
		ORDER BY b.user_id = 0, b.creator_id, b.user_id
	LOOP
		-- Up to the first one that is still kept, whatever the clock did meanwhile.
		SELECT max(seq) INTO STRICT v_upto FROM (
			SELECT seq, bool_and(created_at < v_cutoff) OVER (ORDER BY seq) AS old FROM (
				SELECT seq, created_at FROM events
				WHERE creator_id = a.creator_id AND audience = a.user_id AND seq >= a.min_seq
				ORDER BY seq LIMIT c_events
			) oldest
		) e WHERE old;
		UPDATE audiences SET min_seq = v_upto + 1
		WHERE creator_id = a.creator_id AND user_id = a.user_id AND min_seq = a.min_seq;
		IF FOUND THEN
			DELETE FROM events
			WHERE creator_id = a.creator_id AND audience = a.user_id AND seq BETWEEN a.min_seq AND v_upto;
			GET DIAGNOSTICS v_count = ROW_COUNT;
			v_events := v_events + v_count;
			v_again := v_again OR v_count = c_events;
		END IF;
	END LOOP;

	-- The condition stands twice, for a row that was renewed while its deletion waited.
	DELETE FROM sessions
	WHERE ctid = ANY (ARRAY(SELECT ctid FROM sessions WHERE expires_at <= now() LIMIT c_rows)) AND expires_at <= now();
	GET DIAGNOSTICS v_sessions = ROW_COUNT;
	DELETE FROM idempotency_keys
	WHERE ctid = ANY (ARRAY(SELECT ctid FROM idempotency_keys WHERE created_at <= now() - interval '24 hours' LIMIT c_rows))
		AND created_at <= now() - interval '24 hours';
	GET DIAGNOSTICS v_keys = ROW_COUNT;
	DELETE FROM login_attempts
	WHERE ctid = ANY (ARRAY(SELECT ctid FROM login_attempts WHERE at <= now() - interval '1 hour' LIMIT c_rows));
	GET DIAGNOSTICS v_attempts = ROW_COUNT;
	DELETE FROM checks
	WHERE ctid = ANY (ARRAY(SELECT ctid FROM checks WHERE at <= now() - interval '24 hours' LIMIT c_rows));
	GET DIAGNOSTICS v_checks = ROW_COUNT;

	IF v_again OR c_rows IN (v_sessions, v_keys, v_attempts, v_checks) THEN
		v_next := ARRAY[p_creator, p_user];
	ELSE
		SELECT ARRAY[creator_id, user_id] INTO v_next FROM audiences
		WHERE (creator_id, user_id) > (p_creator, p_user)
		ORDER BY creator_id, user_id OFFSET c_audiences - 1 LIMIT 1;
	END IF;
	RETURN (json_build_object('events', v_events, 'sessions', v_sessions, 'idempotency_keys', v_keys,
		'login_attempts', v_attempts, 'next_creator', v_next[1], 'next_user', v_next[2]), '{}'::text[])::bookreq_ctl.answer;
END $$;
