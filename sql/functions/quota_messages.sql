-- What tells active users their quota as it is after the newest event of theirs: all of a tier, and one user. State,
-- not event: it is not kept.
CREATE OR REPLACE FUNCTION bookreq.quota_messages(p_creator bigint, p_tier bigint, p_user bigint DEFAULT NULL) RETURNS text[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
	v_month	text := month_of(now());
BEGIN
	RETURN ARRAY(
		SELECT m.item FROM user_accounts u
		JOIN audiences a ON a.creator_id = u.creator_id AND a.user_id = CASE WHEN u.is_admin THEN 0 ELSE u.user_id END
		JOIN meta ON meta.id = 1
		CROSS JOIN LATERAL (VALUES (1, channel(u.creator_id, u.user_id)),
			(2, state_message(meta.epoch, a.user_id, a.last_seq, quota_terms(v_month, u.allowed, u.chapters), u.user_id,
				'{"type":"quota_update","quota":'
				|| quota_object(u.allowed, u.used, v_month, u.chapters) || '}'))) m (place, item)
		WHERE u.creator_id = p_creator AND u.is_active AND (u.tier_id = p_tier OR u.user_id = p_user)
		ORDER BY u.user_id, m.place);
END $$;
