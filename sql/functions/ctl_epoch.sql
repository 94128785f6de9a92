-- The database's incarnation; a new one makes every older cursor unrecoverable. Whoever may have an open socket is told.
CREATE OR REPLACE FUNCTION bookreq_ctl.epoch(p_renew boolean) RETURNS bookreq_ctl.answer
LANGUAGE plpgsql SET search_path = bookreq, pg_temp AS $$
DECLARE
	v_epoch		text;
	v_publish	text[] := '{}';
BEGIN
	IF p_renew THEN
		UPDATE meta SET epoch = left(replace(gen_random_uuid()::text, '-', ''), 16) RETURNING epoch INTO STRICT v_epoch;
		SELECT coalesce(array_agg(item ORDER BY u.creator_id, u.user_id, place), '{}') INTO v_publish
		FROM (SELECT DISTINCT creator_id, user_id FROM sessions WHERE expires_at > now()) u
		CROSS JOIN LATERAL (VALUES (1, channel(u.creator_id, u.user_id)), (2, check_message(v_epoch))) m (place, item);
	ELSE
		SELECT epoch INTO STRICT v_epoch FROM meta;
	END IF;
	RETURN (json_build_object('epoch', v_epoch), v_publish)::bookreq_ctl.answer;
END $$;
