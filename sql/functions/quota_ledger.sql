CREATE OR REPLACE FUNCTION bookreq_api.quota_ledger(p_creator bigint, p_token bytea, p_remote_user text, p_role text,
	p_month_year text)
RETURNS bookreq.answer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
DECLARE
	c		bookreq.caller := authenticate(p_creator, p_token, p_remote_user, p_role);
	v_entries	text;
BEGIN
	SELECT string_agg(row_to_json((iso(l.at), l.amount, l.reason, l.book_request_id,
		(u.id, u.username)::bookreq.person)::bookreq.ledger_object)::text, ',' ORDER BY l.id DESC)
	INTO v_entries
	FROM quota_ledger l
	JOIN users u ON u.creator_id = l.creator_id AND u.id = l.actor_id
	WHERE l.creator_id = c.creator_id AND l.user_id = c.user_id
		AND l.month_year = coalesce(p_month_year, month_of(now()))::month;
	RETURN reading('{"entries":[' || coalesce(v_entries, '') || '],"quota":' || own_quota(c) || '}');
END $$;
