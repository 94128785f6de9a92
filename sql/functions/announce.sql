-- Writes the events of one change to a book request, keeps the creator's counts, and returns what to publish. p_before
-- is the status before the change, null for a new request; p_quota says that the owner's quota changed. Called last, since it locks
-- the audiences, in the order that every transaction keeps: users' rows by id, then the creator's, which is
-- held shortest. The quota is read under that lock: what it depends on may have changed until then (quota_messages.sql). What concerns an admin personally is an event of the admins' audience for that admin alone.

CREATE OR REPLACE FUNCTION bookreq.notification_frame(p_creator bigint, p_user bigint, p_kind text, p_message text,
	p_request_id bigint, p_at timestamptz, p_unread int) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	v_id	bigint;
BEGIN
	INSERT INTO notifications (creator_id, user_id, kind, message, book_request_id, created_at)
	VALUES (p_creator, p_user, p_kind::notification_kind, p_message, p_request_id, p_at)
	RETURNING id INTO v_id;
	RETURN '{"type":"notification","notification":'
		|| row_to_json((v_id, p_kind, p_message, p_request_id, iso(p_at), NULL)::bookreq.notification_object)
		|| ',"unread_count":' || p_unread || '}';
END $$;

-- A notification to an admin who responded; null where he is an admin no more.
CREATE OR REPLACE FUNCTION bookreq.notify_admin(p_creator bigint, p_user bigint, p_kind text, p_message text,
	p_request_id bigint, p_at timestamptz) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	v_unread	int;
BEGIN
	PERFORM FROM users WHERE creator_id = p_creator AND id = p_user AND is_active;
	IF NOT FOUND THEN
		RETURN NULL;
	END IF;
	UPDATE audiences SET unread_count = unread_count + 1
	WHERE creator_id = p_creator AND user_id = p_user AND is_admin
	RETURNING unread_count INTO v_unread;
	IF NOT FOUND THEN
		RETURN NULL;
	END IF;
	RETURN notification_frame(p_creator, p_user, p_kind, p_message, p_request_id, p_at, v_unread);
END $$;

CREATE OR REPLACE FUNCTION bookreq.announce(r bookreq.book_requests, p_object text, p_action text,
	p_at timestamptz, p_before bookreq.request_status, p_quota boolean DEFAULT false,
	p_notify bigint DEFAULT NULL, p_kind text DEFAULT NULL, p_message text DEFAULT NULL)
RETURNS text[]
LANGUAGE plpgsql AS $$
DECLARE
	v_note		text;		-- the frame for whoever is notified
	v_own		text[];		-- frames for the owner
	v_quota		text;		-- the last of them
	v_admins	text[];		-- frames for the admins, and to whom of them
	v_to		bigint[] := ARRAY[0];
	v_self		int := coalesce(p_notify = r.user_id, false)::int;
	owner		record;
	creator		record;
	v_pending	int := (r.status = 'pending')::int - coalesce(p_before = 'pending', false)::int;
BEGIN
	v_own := ARRAY['{"type":"book_request_update","book_request":' || p_object
		|| ',"action":"' || p_action || '","timestamp":"' || iso(p_at) || '"}'];
	v_admins := v_own;

	IF p_notify < r.user_id THEN
		v_note := notify_admin(r.creator_id, p_notify, p_kind, p_message, r.id, p_at);
	END IF;
	UPDATE audiences SET unread_count = unread_count + v_self,
		last_seq = last_seq + CASE WHEN is_admin THEN 0 ELSE 1 + v_self + p_quota::int END
	WHERE creator_id = r.creator_id AND user_id = r.user_id
	RETURNING is_admin, last_seq, unread_count INTO STRICT owner;
	IF p_notify > r.user_id THEN
		v_note := notify_admin(r.creator_id, p_notify, p_kind, p_message, r.id, p_at);
	END IF;

	IF v_note IS NOT NULL THEN
		v_admins := v_admins || v_note;
		v_to := v_to || p_notify;
	ELSIF v_self = 1 THEN
		v_own := v_own || notification_frame(r.creator_id, r.user_id, p_kind, p_message, r.id, p_at, owner.unread_count);
	END IF;
	IF owner.is_admin THEN
		v_admins := v_admins || v_own[2:];
		v_to := v_to || array_fill(r.user_id, ARRAY[cardinality(v_own) - 1]);
		v_own := '{}';
	END IF;

	UPDATE audiences SET pending_count = pending_count + v_pending,
		approved_count = approved_count + (r.status = 'approved')::int - coalesce(p_before = 'approved', false)::int,
		rejected_count = rejected_count + (r.status = 'rejected')::int - coalesce(p_before = 'rejected', false)::int,
		fulfilled_count = fulfilled_count + (r.status = 'fulfilled')::int - coalesce(p_before = 'fulfilled', false)::int,
		last_seq = last_seq + cardinality(v_admins) + (p_quota AND owner.is_admin)::int + (v_pending <> 0)::int
	WHERE creator_id = r.creator_id AND user_id = 0
	RETURNING last_seq, pending_count, (SELECT epoch FROM meta WHERE id = 1) AS epoch INTO STRICT creator;
	IF p_quota THEN
		v_quota := '{"type":"quota_update","quota":' || quota_json(r.creator_id, r.user_id) || '}';
		IF owner.is_admin THEN
			v_admins := v_admins || v_quota;
			v_to := v_to || r.user_id;
		ELSE
			v_own := v_own || v_quota;
		END IF;
	END IF;
	IF v_pending <> 0 THEN
		v_admins := v_admins || ('{"type":"pending_count_update","pending_count":' || creator.pending_count || '}');
		v_to := v_to || 0::bigint;
	END IF;

	owner.last_seq := owner.last_seq - cardinality(v_own);
	creator.last_seq := creator.last_seq - cardinality(v_admins);
	INSERT INTO events (creator_id, audience, seq, to_user, frame)
	SELECT r.creator_id, r.user_id, owner.last_seq + f.n, 0, f.frame
	FROM unnest(v_own) WITH ORDINALITY f (frame, n)
	UNION ALL
	SELECT r.creator_id, 0, creator.last_seq + f.n, f.to_user, f.frame
	FROM unnest(v_to, v_admins) WITH ORDINALITY f (to_user, frame, n);

	RETURN CASE WHEN owner.is_admin THEN '{}' ELSE ARRAY[channel(r.creator_id, r.user_id),
			events_message(creator.epoch, r.user_id, owner.last_seq + 1, v_own, array_fill(0::bigint, ARRAY[cardinality(v_own)]))] END
		|| ARRAY[channel(r.creator_id, 0), events_message(creator.epoch, 0, creator.last_seq + 1, v_admins, v_to)];
END $$;
