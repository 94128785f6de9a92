-- The objects of the API as JSON text.

CREATE OR REPLACE FUNCTION bookreq.quota_object(p_allowed int, p_used int, p_month text, p_chapters int) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
	SELECT row_to_json((p_allowed, p_used, greatest(p_allowed - p_used, 0), p_month, p_chapters)::bookreq.quota_object)::text
$$;

-- A user's quota of the current month.
CREATE OR REPLACE FUNCTION bookreq.quota_json(p_creator bigint, p_user bigint) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	a	record;
BEGIN
	SELECT allowed, used, chapters INTO a FROM user_accounts WHERE creator_id = p_creator AND user_id = p_user;
	RETURN quota_object(a.allowed, a.used, month_of(now()), a.chapters);
END $$;

-- The caller's, as authenticate() saw it.
CREATE OR REPLACE FUNCTION bookreq.own_quota(c bookreq.caller) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT quota_object(c.allowed, c.used, month_of(now()), c.chapters)
$$;

CREATE OR REPLACE FUNCTION bookreq.user_json(c bookreq.caller) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN row_to_json((c.user_id, c.username, c.email, c.is_creator, c.is_team, nullif(c.creator_id, c.user_id),
		CASE WHEN c.tier_id IS NOT NULL THEN (c.tier_id, c.tier_title)::bookreq.tier_name END)::bookreq.user_object);
END $$;

CREATE OR REPLACE FUNCTION bookreq.request_json(r bookreq.book_requests) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	v_owner		text;
	v_responder	text;
BEGIN
	SELECT username INTO v_owner FROM users WHERE creator_id = r.creator_id AND id = r.user_id;
	IF r.responded_by_id IS NOT NULL THEN
		SELECT username INTO v_responder FROM users WHERE creator_id = r.creator_id AND id = r.responded_by_id;
	END IF;
	RETURN row_to_json((r.id, r.user_id, (r.user_id, v_owner)::bookreq.person,
		r.title, r.author, r.link, r.description, r.status, iso(r.created_at), iso(r.updated_at),
		r.responded_by_id, r.response_message, iso(r.response_date), r.month_year,
		r.accepted_by_id, iso(r.accepted_at), r.user_reply,
		CASE WHEN r.responded_by_id IS NOT NULL THEN (r.responded_by_id, v_responder)::bookreq.person END,
		r.version)::bookreq.request_object);
END $$;
