\ir fixture.psql
SELECT plan(22);

SELECT ask('Sam', 'A book', p_key => 'one', p_request => 'r1') AS first \gset
SELECT ask('Sam', 'A book', p_key => 'one', p_request => 'r1') AS again \gset
SELECT is((:'again'::answer).status, 201, 'the first answer''s status');
SELECT is((:'again'::answer).body, (:'first'::answer).body, 'and body');
SELECT is((:'first'::answer).replayed, false, 'the first is no replay');
SELECT is((:'again'::answer).replayed, true, 'the second is');
SELECT is((:'again'::answer).publish, '{}', 'nothing is published again');
SELECT is((SELECT count(*) FROM book_requests), 1::bigint, 'nothing is done again');
SELECT is((quota_of('Sam')->>'requests_used')::int, 1, 'nor charged');
SELECT throws_ok($$ SELECT ask('Sam', 'Another book', p_key => 'one', p_request => 'r2') $$, 'BR502', NULL, 'another request with the same key');
SELECT lives_ok($$ SELECT ask('Sue', 'A book', p_key => 'one', p_request => 'r2') $$, 'another user''s key is another key');
SELECT lives_ok($$ SELECT ask('Dan', 'A book', p_key => 'one', p_request => 'r2') $$, 'so is another creator''s');

SELECT throws_ok($$ SELECT ask('Sam', 'A book', p_key => 'two', p_request => 'r1') $$, 'BR406', NULL, 'what is refused …');
SELECT lives_ok($$ SELECT ask('Sam', 'Another book', p_key => 'two', p_request => 'r2') $$, '… leaves the key free');
SELECT throws_ok($$ SELECT bookreq_api.create_request(id('Clara'), token('Sam'), NULL, 'admin', 'one', sha256('r1'), 'A book', 'Author', NULL, NULL, false) $$,
	'BR201', NULL, 'the role is judged before the key');

UPDATE idempotency_keys SET created_at = now() - interval '24 hours' WHERE user_id = id('Sam') AND key = 'one';
SELECT is((SELECT replayed FROM ask('Sam', 'A third book', p_key => 'one', p_request => 'r3')), false, 'after a day the key is free');
SELECT is((SELECT replayed FROM ask('Sam', 'A third book', p_key => 'one', p_request => 'r3')), true, 'and kept for another day');

-- Every other action
SELECT max(id) AS id FROM book_requests WHERE user_id = id('Sam') \gset
SELECT results_eq(format($$ SELECT (accept('Tess', %1$s, 'accept')).replayed UNION ALL SELECT (accept('Tess', %1$s, 'accept')).replayed $$, :id), 'VALUES (false), (true)', 'accept');
SELECT results_eq(format($$ SELECT (respond('Tess', %1$s, 'approved', NULL, NULL, 'k', 'r')).replayed
	UNION ALL SELECT (respond('Tess', %1$s, 'approved', NULL, NULL, 'k', 'r')).replayed $$, :id), 'VALUES (false), (true)', 'respond');
SELECT results_eq(format($$ SELECT (reply('Sam', %1$s, 'Thanks', 'reply')).replayed UNION ALL SELECT (reply('Sam', %1$s, 'Thanks', 'reply')).replayed $$, :id), 'VALUES (false), (true)', 'reply');
SELECT results_eq(format($$ SELECT (fulfill('Tess', %1$s, 'fulfill')).replayed UNION ALL SELECT (fulfill('Tess', %1$s, 'fulfill')).replayed $$, :id), 'VALUES (false), (true)', 'fulfill');
SELECT is((SELECT version FROM book_requests WHERE id = :id), 5, 'four changes, each done once');

SELECT is_empty('SELECT FROM idempotency_keys WHERE status IS NULL', 'every key has its answer');
SELECT is((SELECT status FROM ask('Sue', 'Without a key')), 201, 'keys are optional');

SELECT * FROM finish();
ROLLBACK;
