-- Refunds (-1) or charges again (1) a request in the month it was made in; the request's row is locked by the
-- caller, which is what makes it once only. Leaves the current month's usage locked as well, so that the quota
-- told afterwards is the one of this commit.
CREATE OR REPLACE FUNCTION bookreq.settle_quota(r bookreq.book_requests, p_actor bigint, p_amount int, p_at timestamptz)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	v_month	text := month_of(now());
BEGIN
	UPDATE quota_usage SET used = used + p_amount
	WHERE creator_id = r.creator_id AND user_id = r.user_id AND month_year = r.month_year;
	INSERT INTO quota_ledger (creator_id, user_id, month_year, at, amount, reason, book_request_id, actor_id)
	VALUES (r.creator_id, r.user_id, r.month_year, p_at, p_amount,
		CASE p_amount WHEN 1 THEN 'recharge' ELSE 'refund' END::ledger_reason, r.id, p_actor);
	IF r.month_year <> v_month THEN
		INSERT INTO quota_usage AS q (creator_id, user_id, month_year, used)
		VALUES (r.creator_id, r.user_id, v_month, 0)
		ON CONFLICT (creator_id, user_id, month_year) DO UPDATE SET used = q.used;
	END IF;
END $$;
