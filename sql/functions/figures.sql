-- The creator's last months in numbers, the present one included: requests by month and status, how long until the
-- (latest) answer, who asked most. Reads all requests of these months.
CREATE OR REPLACE FUNCTION bookreq_api.figures(p_creator bigint, p_token bytea, p_remote_user text, p_role text, p_months int)
RETURNS bookreq.answer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
DECLARE
	c		bookreq.caller := authenticate(p_creator, p_token, p_remote_user, p_role);
	v_this		date := (month_of(now()) || '-01')::date;
	v_first		text := to_char(v_this - make_interval(months => p_months - 1), 'YYYY-MM');
	v_months	text;
	v_whole		text;
	v_askers	text;
BEGIN
	WITH found AS (
		SELECT month_year::text AS month_year, count(*) AS requests,
			count(*) FILTER (WHERE status = 'pending') AS pending, count(*) FILTER (WHERE status = 'approved') AS approved,
			count(*) FILTER (WHERE status = 'rejected') AS rejected, count(*) FILTER (WHERE status = 'fulfilled') AS fulfilled,
			count(response_date) AS answered,
			round(percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM response_date - created_at)))::bigint AS median_answer_s
		FROM book_requests
		WHERE creator_id = c.creator_id AND month_year >= v_first
		GROUP BY GROUPING SETS ((month_year), ())
	), listed AS (
		SELECT to_char(v_this - make_interval(months => n), 'YYYY-MM') AS month_year FROM generate_series(p_months - 1, 0, -1) n
	)
	SELECT (SELECT string_agg((SELECT row_to_json(o) FROM (
				SELECT l.month_year, coalesce(f.pending, 0) AS pending, coalesce(f.approved, 0) AS approved,
					coalesce(f.rejected, 0) AS rejected, coalesce(f.fulfilled, 0) AS fulfilled, f.median_answer_s) o)::text,
				',' ORDER BY l.month_year)
			FROM listed l LEFT JOIN found f USING (month_year)),
		(SELECT '"requests":' || requests || ',"answered":' || answered || ',"median_answer_s":' || coalesce(median_answer_s::text, 'null')
			FROM found WHERE month_year IS NULL)
	INTO STRICT v_months, v_whole;

	SELECT string_agg('{"user":' || row_to_json((u.id, u.username)::bookreq.person) || ',"requests":' || a.requests || '}',
		',' ORDER BY a.requests DESC, u.id)
	INTO v_askers
	FROM (SELECT user_id, count(*) AS requests FROM book_requests
		WHERE creator_id = c.creator_id AND month_year >= v_first
		GROUP BY user_id ORDER BY requests DESC, user_id LIMIT 10) a
	JOIN users u ON u.creator_id = c.creator_id AND u.id = a.user_id;
	RETURN reading('{"months":[' || v_months || '],' || v_whole || ',"askers":[' || coalesce(v_askers, '') || ']}');
END $$;
