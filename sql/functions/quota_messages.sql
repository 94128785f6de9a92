-- Changes of what quotas depend on besides requests. The creator's audience is locked from before the change until its commit, as every change of a
-- request locks it before it reads the quota that it tells of (announce): so a quota is told as it is after all that was committed before, and the
-- changes of one creator have an order, which is their number.

-- Called before anything else is locked. Returns the number of the change.
CREATE OR REPLACE FUNCTION bookreq.begin_terms_change(p_creator bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	v_version	bigint;
BEGIN
	UPDATE audiences SET terms_version = terms_version + 1 WHERE creator_id = p_creator AND user_id = 0
	RETURNING terms_version INTO STRICT v_version;
	INSERT INTO checks (creator_id) VALUES (p_creator);	-- what is published of it is no event
	RETURN v_version;
END $$;

-- What tells active users their quota as it is after the newest event of theirs: all of a tier, and one user. State,
-- not event: it is not kept.
CREATE OR REPLACE FUNCTION bookreq.quota_messages(p_creator bigint, p_version bigint, p_tier bigint, p_user bigint DEFAULT NULL)
RETURNS text[]
LANGUAGE plpgsql AS $$
DECLARE
	v_month	text := month_of(now());
BEGIN
	RETURN ARRAY(
		SELECT m.item FROM user_accounts u
		JOIN audiences a ON a.creator_id = u.creator_id AND a.user_id = CASE WHEN u.is_admin THEN 0 ELSE u.user_id END
		JOIN meta ON meta.id = 1
		CROSS JOIN LATERAL (VALUES (1, channel(u.creator_id, u.user_id)),
			(2, state_message(meta.epoch, a.user_id, a.last_seq, p_version, quota_terms(v_month, u.allowed, u.chapters), u.user_id,
				'{"type":"quota_update","quota":'
				|| quota_object(u.allowed, u.used, v_month, u.chapters) || '}'))) m (place, item)
		WHERE u.creator_id = p_creator AND u.is_active AND (u.tier_id = p_tier OR u.user_id = p_user)
		ORDER BY u.user_id, m.place);
END $$;
