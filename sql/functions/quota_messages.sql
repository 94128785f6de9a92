-- What tells active users their quota as it is after the newest event of theirs: all of a tier, and one user. State,
-- not event: it is not kept.
CREATE OR REPLACE FUNCTION bookreq.quota_messages(p_creator bigint, p_tier bigint, p_user bigint DEFAULT NULL) RETURNS text[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
	v_month	text := month_of(now());
BEGIN
	RETURN ARRAY(
		SELECT m.item FROM users u
		LEFT JOIN campaign_tiers t ON t.creator_id = u.creator_id AND t.id = u.tier_id
		LEFT JOIN quota_usage q ON q.creator_id = u.creator_id AND q.user_id = u.id AND q.month_year = v_month
		JOIN audiences a ON a.creator_id = u.creator_id AND a.user_id = CASE WHEN u.is_creator OR u.is_team THEN 0 ELSE u.id END
		JOIN meta ON meta.id = 1
		CROSS JOIN LATERAL (VALUES (coalesce(u.allowance, t.book_requests_allowed, 0),
			coalesce(t.chapters_allowed_per_book_request, 0))) l (allowed, chapters)
		CROSS JOIN LATERAL (VALUES (1, channel(u.creator_id, u.id)),
			(2, state_message(meta.epoch, a.user_id, a.last_seq, quota_terms(v_month, l.allowed, l.chapters), u.id,
				'{"type":"quota_update","quota":'
				|| quota_object(l.allowed, coalesce(q.used, 0), v_month, l.chapters) || '}'))) m (place, item)
		WHERE u.creator_id = p_creator AND u.is_active AND (u.tier_id = p_tier OR u.id = p_user)
		ORDER BY u.id, m.place);
END $$;
