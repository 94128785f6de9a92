-- What the caller would get by asking for this book: requests of his own and fulfilled ones of anybody's that are called
-- alike, at most five each, the likeliest first. Alike: one title begins with the other, by words where it is the stored one.
-- Nothing tells who asked.
CREATE OR REPLACE FUNCTION bookreq_api.similar_requests(p_creator bigint, p_token bytea, p_remote_user text, p_role text,
	p_title text, p_author text)
RETURNS bookreq.answer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
DECLARE
	c		bookreq.caller := authenticate(p_creator, p_token, p_remote_user, p_role);
	v_key		text := title_key(p_title);
	v_words		text[] := string_to_array(v_key, ' ');
	v_equal		text[];		-- the title, and what it may be a longer form of
	v_end		text;		-- titles from v_key to this begin with v_key
	v_objects	text;
BEGIN
	IF v_key = '' THEN		-- no word in it
		RETURN reading('{"similar":[]}');
	END IF;
	v_equal := ARRAY(SELECT array_to_string(v_words[1:n], ' ') FROM generate_series(1, cardinality(v_words)) n);
	v_end := v_key || CASE WHEN char_length(v_key) >= 3 THEN chr(1114111) ELSE '' END;

	SELECT string_agg((SELECT row_to_json(o) FROM (
			SELECT f.own, CASE WHEN f.own THEN f.id END AS id, f.title, f.author, f.status, f.link) o)::text,
		',' ORDER BY f.own DESC, f.place)
	INTO v_objects
	FROM (
		SELECT *, row_number() OVER (PARTITION BY own
			ORDER BY title_key(title) <> v_key, caseless(author) IS DISTINCT FROM caseless(p_author), id DESC) AS place
		FROM (
			SELECT DISTINCT ON (own, duplicate_key) * FROM (
				SELECT true AS own, b.* FROM (
					SELECT * FROM book_requests WHERE creator_id = c.creator_id AND user_id = c.user_id
					ORDER BY id DESC LIMIT 200) b
				WHERE title_key(title) = ANY (v_equal) OR (title_key(title) >= v_key AND title_key(title) <= v_end)
				UNION ALL (
				SELECT false, b.* FROM book_requests b
				WHERE creator_id = c.creator_id AND status = 'fulfilled' AND title_key(title) = ANY (v_equal) AND user_id <> c.user_id
				LIMIT 200)
				UNION ALL (
				SELECT false, b.* FROM book_requests b
				WHERE creator_id = c.creator_id AND status = 'fulfilled' AND title_key(title) > v_key AND title_key(title) <= v_end
					AND user_id <> c.user_id
				ORDER BY title_key(title) LIMIT 200)
			) found ORDER BY own, duplicate_key, id DESC
		) books
	) f
	WHERE f.place <= 5;
	RETURN reading('{"similar":[' || coalesce(v_objects, '') || ']}');
END $$;
