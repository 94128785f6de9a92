-- A position as a cursor.
CREATE OR REPLACE FUNCTION bookreq.cursor_of(p_epoch text, p_user bigint, p_membership int, p_position bigint) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT p_epoch || '-' || p_user || '-' || p_membership || '-' || p_position
$$;

-- What comes after a cursor, in pages of at most p_max frames and about p_bytes bytes (but one frame always).
-- The user's stream is a chain of memberships: a cursor of the one before is followed through its end into the
-- present one; while a page ends inside the former, membership, audience and last are the former's, and last
-- is above position, so that the caller asks again. Without a readable cursor the page is empty and stands at
-- the newest event.
CREATE OR REPLACE FUNCTION bookreq.read_feed(c bookreq.caller, p_cursor text, p_max int, p_bytes int)
RETURNS bookreq.feed_page
LANGUAGE plpgsql STABLE AS $$
DECLARE
	p		bookreq.feed_page;
	v_part		text[] := regexp_match(p_cursor,
				'^([0-9a-f]{16})-([1-9][0-9]{0,17})-([1-9][0-9]{0,8})-(0|[1-9][0-9]{0,17})$');
	v_former	bigint := CASE WHEN c.is_admin THEN c.user_id ELSE 0 END;
	v_seq		bigint;
	v_min		bigint;
	v_frames	int := 0;
	v_bytes		int := 0;
	e		record;
	f		record;
BEGIN
	p.state := 'lost';
	p.membership := c.membership;
	p.audience := CASE WHEN c.is_admin THEN 0 ELSE c.user_id END;
	p.cursors := '{}';
	p.frames := '{}';
	SELECT m.epoch, a.last_seq, a.last_seq, a.min_seq INTO STRICT p.epoch, p.position, p.last, v_min
	FROM audiences a JOIN meta m ON m.id = 1
	WHERE a.creator_id = c.creator_id AND a.user_id = p.audience;

	IF v_part[1] <> p.epoch THEN
		p.state := 'epoch';
		RETURN p;
	ELSIF v_part IS NULL OR v_part[2]::bigint <> c.user_id THEN
		RETURN p;
	END IF;
	v_seq := v_part[4];
	IF v_part[3]::int = c.membership THEN
		IF v_seq < c.feed_from OR v_seq > p.last OR v_seq + 1 < v_min THEN
			RETURN p;
		END IF;
	ELSIF v_part[3]::int = c.membership - 1 THEN
		SELECT last_seq, min_seq INTO STRICT f FROM audiences
		WHERE creator_id = c.creator_id AND user_id = v_former;
		IF v_seq < c.feed_prev_from OR v_seq > f.last_seq OR c.feed_from + 1 < v_min
			OR (v_seq < c.feed_prev_until AND v_seq + 1 < f.min_seq) THEN
			RETURN p;
		END IF;
		p.membership := c.membership - 1;
		p.audience := v_former;
		p.last := c.feed_prev_until;
	ELSE
		RETURN p;
	END IF;

	p.state := 'ok';
	p.position := v_seq;
	LOOP
		EXIT WHEN p.position = p.last AND p.membership = c.membership;		-- nothing new, as a heartbeat usually finds
		FOR e IN
			SELECT seq, frame FROM events
			WHERE creator_id = c.creator_id AND audience = p.audience
				AND seq > p.position AND seq <= p.last AND to_user IN (0, c.user_id)
			ORDER BY seq LIMIT p_max - v_frames
		LOOP
			v_bytes := v_bytes + octet_length(e.frame) + 64;	-- 64: the cursor
			IF v_bytes > p_bytes AND v_frames > 0 THEN
				RETURN p;
			END IF;
			v_frames := v_frames + 1;
			p.position := e.seq;
			p.cursors := p.cursors || cursor_of(p.epoch, c.user_id, p.membership, e.seq);
			p.frames := p.frames || e.frame;
		END LOOP;
		IF v_frames = p_max AND p.position < p.last THEN
			RETURN p;
		END IF;
		p.position := p.last;		-- what lies between is for other admins
		EXIT WHEN p.membership = c.membership;

		p.membership := c.membership;
		p.audience := CASE WHEN c.is_admin THEN 0 ELSE c.user_id END;
		p.position := c.feed_from;
		SELECT last_seq INTO STRICT p.last FROM audiences
		WHERE creator_id = c.creator_id AND user_id = p.audience;
	END LOOP;
	RETURN p;
END $$;
