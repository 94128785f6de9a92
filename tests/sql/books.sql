\ir fixture.psql
SELECT plan(29);

CREATE FUNCTION similar(p_name text, p_title text, p_author text DEFAULT NULL) RETURNS jsonb LANGUAGE sql AS $$
	SELECT body::jsonb->'similar' FROM bookreq_api.similar_requests(tenant(p_name), token(p_name), NULL, 'any', p_title, p_author)
$$;
-- Their titles, own ones marked.
CREATE FUNCTION alike(p_name text, p_title text, p_author text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(CASE WHEN (b->>'own')::boolean THEN 'own ' ELSE '' END || (b->>'title') || ' by ' || (b->>'author'), ', ' ORDER BY n)
	FROM jsonb_array_elements(similar(p_name, p_title, p_author)) WITH ORDINALITY x (b, n)
$$;
CREATE FUNCTION fulfilled(p_name text, p_title text, p_author text DEFAULT 'Author') RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	v_id	bigint := ((ask(p_name, p_title, p_author, true)).body::jsonb #>> '{book_request,id}')::bigint;
BEGIN
	PERFORM respond(CASE tenant(p_name) WHEN id('Clara') THEN 'Clara' ELSE 'Dora' END, v_id, 'fulfilled');
	RETURN v_id;
END $$;
UPDATE campaign_tiers SET book_requests_allowed = 1000;

SELECT is(title_key(given), wanted, given) FROM (VALUES
	('The Hobbit', 'hobbit'), ('hobbit!', 'hobbit'), (E'  An\tÉtude —  in  Scarlet', 'étude in scarlet'), ('A', 'a'), ('The', 'the'),
	('Theatre', 'theatre'), ('¿?', ''), ('1984', '1984'), ('Harry Potter and the Half-Blood Prince', 'harry potter and the half blood prince')
) x (given, wanted);
SELECT is(char_length(title_key(repeat('long ', 100))), 60, 'a key has an end');

SELECT fulfilled('Sue', 'Harry Potter and the Goblet of Fire', 'Rowling'), fulfilled('Sue', 'Harry Potter', 'Somebody'),
	fulfilled('Tess', 'Harriet', 'Rowling'), fulfilled('Dan', 'Harry Potter'), request('Sue', 'Harry Potter IV') \g /dev/null
SELECT is(alike('Sam', 'harry'), 'Harry Potter by Somebody, Harry Potter and the Goblet of Fire by Rowling', 'what begins with it and is fulfilled');
SELECT is(alike('Sam', 'The Harry Potter'), 'Harry Potter by Somebody, Harry Potter and the Goblet of Fire by Rowling', 'the same title comes first');
SELECT is(alike('Sam', 'Harry Potter and', 'ROWLING'), 'Harry Potter and the Goblet of Fire by Rowling, Harry Potter by Somebody', 'or the same author, and what it begins with');
SELECT is(alike('Sam', 'Harry P'), 'Harry Potter by Somebody, Harry Potter and the Goblet of Fire by Rowling', 'within a word too');
SELECT is(alike('Sam', 'Harriets'), NULL, 'a title that it only begins with is of whole words');
SELECT is(alike('Sam', 'ha'), NULL, 'two letters are too few');
SELECT is(similar('Sam', '?!'), '[]', 'no letter at all');

SELECT request('Sam', 'Harry Potter') AS own \gset
SELECT is(similar('Sam', 'harry potter')->0, format('{"own":true,"id":%s,"title":"Harry Potter","author":"Author","status":"pending","link":null}', :own)::jsonb,
	'own ones first, whatever their status');
SELECT is(similar('Sam', 'harry potter')->1, '{"own":false,"id":null,"title":"Harry Potter","author":"Somebody","status":"fulfilled","link":null}'::jsonb, 'others'' tell nobody');
SELECT is(alike('Dan', 'Harry'), 'own Harry Potter by Author', 'nothing of another creator''s');

SELECT fulfilled('Sue', 'Emma', 'Jane Austen'), fulfilled('Tess', 'EMMA', 'Jane  Austen') \g /dev/null
SELECT is(alike('Sam', 'Emma'), 'EMMA by Jane  Austen', 'the same book once, the newest');
SELECT fulfilled('Sue', 'Ivanhoe ' || n), fulfilled('Sam', 'Ivanhoe ' || n) FROM generate_series(1, 7) n \g /dev/null
SELECT is(jsonb_array_length(similar('Sam', 'Ivanhoe')), 10, 'at most five own and five of others');

-- How many others asked for the same
CREATE FUNCTION same(p_name text, p_ids bigint[]) RETURNS jsonb LANGUAGE sql AS $$
	SELECT body::jsonb->'context' FROM bookreq_api.request_context(tenant(p_name), token(p_name), NULL, 'admin', p_ids)
$$;
SELECT request('Sam', 'Dracula') AS first, request('Sam', 'dracula') AS again, (SELECT fulfilled('Sue', ' DRACULA')) AS sue,
	request('Sue', 'Dracula II') AS other, request('Dan', 'Dracula') AS dan \gset
UPDATE users SET tier_id = NULL WHERE username = 'Sue';
SELECT is(same('Clara', ARRAY[:first, :sue, :other, :dan, 987654321]), format('[{"id":%s,"title":"Dracula","tier":{"id":%s,"title":"Gold"},"others":1},{"id":%s,"title":" DRACULA","tier":null,"others":1},{"id":%s,"title":"Dracula II","tier":null,"others":0}]', :first,
	(SELECT id FROM campaign_tiers WHERE title = 'Gold'), :sue, :other)::jsonb,
	'one other user each, though one asked twice; nothing of another creator''s');
SELECT request('Tess', 'Dracula') AS tess \gset
SELECT is(same('Tess', ARRAY[:first]) #>> '{0,others}', '2', 'whoever asks counts');
SELECT respond('Clara', :tess, 'rejected') \g /dev/null
SELECT is(same('Tess', ARRAY[:first]) #>> '{0,others}', '2', 'whatever the answer was');
SELECT is(same('Tess', '{}'), '[]', 'of none');
SELECT bookreq_ctl.user_add('Reader ' || n, 'Clara', 'Gold', NULL, NULL) FROM generate_series(1, 103) n \g /dev/null
SELECT bookreq_ctl.token_add(username, token(username), NULL), request(username, 'Dracula') FROM users WHERE username LIKE 'Reader %' \g /dev/null
SELECT is(same('Tess', ARRAY[:first]) #>> '{0,others}', '100', 'a hundred is enough');
SELECT throws_ok($$ SELECT same('Tess', ARRAY(SELECT generate_series(1, 501)::bigint)) $$, 'BR501', NULL, 'too many at once');
SELECT throws_ok($$ SELECT same('Sam', '{1}') $$, 'BR201', NULL, 'not for subscribers');

SELECT * FROM finish();
ROLLBACK;
