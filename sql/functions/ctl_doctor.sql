-- What must always hold, checked in one snapshot; each violation is a sentence that names who and how much.
CREATE OR REPLACE FUNCTION bookreq_ctl.doctor() RETURNS bookreq_ctl.answer
LANGUAGE sql STABLE SET search_path = bookreq, pg_temp AS $$
	WITH months AS (
		SELECT creator_id, user_id, month_year, sum(used) AS used, sum(requests) AS requests, sum(entries) AS entries
		FROM (
			SELECT creator_id, user_id, month_year, used, 0 AS requests, 0 AS entries FROM quota_usage
			UNION ALL
			SELECT creator_id, user_id, month_year, 0, count(*), 0 FROM book_requests
			WHERE status <> 'rejected' GROUP BY creator_id, user_id, month_year
			UNION ALL
			SELECT creator_id, user_id, month_year, 0, 0, sum(amount) FROM quota_ledger
			GROUP BY creator_id, user_id, month_year
		) counted
		GROUP BY creator_id, user_id, month_year
	), statuses AS (
		SELECT creator_id, count(*) FILTER (WHERE status = 'pending') AS requests,
			count(*) FILTER (WHERE status = 'approved') AS approved,
			count(*) FILTER (WHERE status = 'rejected') AS rejected,
			count(*) FILTER (WHERE status = 'fulfilled') AS fulfilled
		FROM book_requests GROUP BY creator_id
	), unread AS (
		SELECT creator_id, user_id, count(*) AS notes FROM notifications WHERE read_at IS NULL GROUP BY creator_id, user_id
	), numbers AS (
		SELECT creator_id, audience, min(seq) AS first, max(seq) AS last, count(*) AS events FROM events
		GROUP BY creator_id, audience
	), audience AS (
		SELECT a.*, format(CASE WHEN a.user_id = 0 THEN 'admins of creator %s' ELSE 'user %2$s of creator %1$s' END,
			a.creator_id, a.user_id) AS name
		FROM audiences a
	), violations (kind, creator_id, user_id, message) AS (
		SELECT 1, creator_id, user_id, format('user %s of creator %s, %s: %s used, but %s requests are not rejected',
			user_id, creator_id, month_year, used, requests)
		FROM months WHERE used <> requests
		UNION ALL
		SELECT 2, creator_id, user_id, format('user %s of creator %s, %s: %s used, but the ledger''s sum is %s',
			user_id, creator_id, month_year, used, entries)
		FROM months WHERE used <> entries
		UNION ALL
		SELECT 3, a.creator_id, 0, format('%s: pending count %s, but %s requests are pending',
			a.name, a.pending_count, coalesce(p.requests, 0))
		FROM audience a LEFT JOIN statuses p USING (creator_id)
		WHERE a.user_id = 0 AND a.pending_count <> coalesce(p.requests, 0)
		UNION ALL
		SELECT 4, a.creator_id, a.user_id, format('%s: unread count %s, but %s notifications are unread',
			a.name, a.unread_count, coalesce(n.notes, 0))
		FROM audience a LEFT JOIN unread n USING (creator_id, user_id)
		WHERE a.user_id <> 0 AND a.unread_count <> coalesce(n.notes, 0)
		UNION ALL
		SELECT 5, a.creator_id, a.user_id, format('%s: events should be %s to %s, but %s are kept, from %s to %s',
			a.name, a.min_seq, a.last_seq, coalesce(n.events, 0), coalesce(n.first, 0), coalesce(n.last, 0))
		FROM audience a LEFT JOIN numbers n ON n.creator_id = a.creator_id AND n.audience = a.user_id
		WHERE coalesce(n.events, 0) <> a.last_seq - a.min_seq + 1
			OR (n.events > 0 AND (n.first, n.last) IS DISTINCT FROM (a.min_seq, a.last_seq))
		UNION ALL
		SELECT 6, u.creator_id, u.id, format('user %s of creator %s: the audience is %s', u.id, u.creator_id,
			CASE WHEN a.user_id IS NULL THEN 'missing' ELSE 'not that of the user''s role' END)
		FROM users u LEFT JOIN audiences a ON a.creator_id = u.creator_id AND a.user_id = u.id
		WHERE a.is_admin IS DISTINCT FROM (u.is_creator OR u.is_team)
		UNION ALL
		SELECT 7, u.creator_id, 0, format('admins of creator %s: the audience is missing', u.creator_id)
		FROM users u LEFT JOIN audiences a ON a.creator_id = u.creator_id AND a.user_id = 0
		WHERE u.is_creator AND a.user_id IS NULL
		UNION ALL
		SELECT 8, a.creator_id, 0, format('%s: %s approved, %s rejected, %s fulfilled requests counted, but there are %s, %s, %s',
			a.name, a.approved_count, a.rejected_count, a.fulfilled_count,
			coalesce(p.approved, 0), coalesce(p.rejected, 0), coalesce(p.fulfilled, 0))
		FROM audience a LEFT JOIN statuses p USING (creator_id)
		WHERE a.user_id = 0 AND (a.approved_count, a.rejected_count, a.fulfilled_count)
			<> (coalesce(p.approved, 0), coalesce(p.rejected, 0), coalesce(p.fulfilled, 0))
	)
	SELECT json_build_object('schema_version', (SELECT schema_version FROM meta),
		'violations', coalesce(json_agg(message ORDER BY kind, creator_id, user_id, message), '[]')), '{}'::text[]
	FROM violations
$$;
