-- bookreqctl tier set: creates or changes.
CREATE OR REPLACE FUNCTION bookreq_ctl.tier_set(p_creator text, p_title text, p_requests int, p_chapters int)
RETURNS bookreq_ctl.answer
LANGUAGE plpgsql SET search_path = bookreq, pg_temp AS $$
DECLARE
	v_creator	bigint := bookreq_ctl.find_creator(p_creator);
	v_id		bigint;
	v_version	bigint;
BEGIN
	IF p_title <> btrim(p_title) OR char_length(p_title) NOT BETWEEN 1 AND 200 THEN
		PERFORM refuse('invalid', 'A tier''s title has 1 to 200 characters and no space at its ends.');
	ELSIF p_requests NOT BETWEEN 0 AND 100000 OR p_chapters NOT BETWEEN 0 AND 100000 THEN
		PERFORM refuse('invalid', 'Requests and chapters are numbers from 0 to 100000.');
	END IF;
	v_version := begin_terms_change(v_creator);
	INSERT INTO campaign_tiers (creator_id, title, book_requests_allowed, chapters_allowed_per_book_request)
	VALUES (v_creator, p_title, p_requests, p_chapters)
	ON CONFLICT (creator_id, title) DO UPDATE SET book_requests_allowed = excluded.book_requests_allowed,
		chapters_allowed_per_book_request = excluded.chapters_allowed_per_book_request
	RETURNING id INTO v_id;
	RETURN ('{"id":' || v_id || '}', quota_messages(v_creator, v_version, v_id))::bookreq_ctl.answer;
END $$;
