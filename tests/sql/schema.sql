\ir fixture.psql
SELECT plan(24);

SELECT is_empty($$
	SELECT c.conrelid::regclass FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
	JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = c.conkey[1]
	WHERE c.contype = 'p' AND t.relnamespace = 'bookreq'::regnamespace AND a.attname <> 'creator_id'
		AND t.relname NOT IN ('meta', 'login_attempts')
$$, 'the tenant comes first in every primary key');
SELECT is_empty($$
	SELECT c.conname FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
	WHERE c.contype = 'f' AND c.connamespace = 'bookreq'::regnamespace AND a.attname <> 'creator_id'
$$, 'every foreign key carries the tenant');
SELECT matches((SELECT epoch FROM meta), '^[0-9a-f]{16}$', 'there is an epoch');
SELECT is((SELECT schema_version FROM meta), (SELECT max(schema_version) FROM meta), 'there is one schema version');
SELECT throws_ok($$ INSERT INTO meta (id, epoch, schema_version) VALUES (2, repeat('0', 16), 1) $$, '23514', NULL, 'meta has one row');

SELECT results_eq($$ SELECT user_id = 0, is_admin FROM audiences WHERE creator_id = id('Clara') AND user_id IN (0, id('Clara')) ORDER BY 1 $$,
	$$ VALUES (false, true), (true, true) $$, 'a creator has an audience of his own and one of his admins');
SELECT results_eq($$ SELECT username, is_admin FROM users u JOIN audiences a ON a.creator_id = u.creator_id AND a.user_id = u.id
	WHERE u.creator_id = id('Clara') AND NOT is_creator ORDER BY u.id $$,
	$$ VALUES ('Sam', false), ('Sue', false), ('Nils', false), ('Tess', true) $$, 'every user has an audience that knows whether he is an admin');

SELECT throws_ok($$ INSERT INTO users (creator_id, id, username, is_creator) VALUES (id('Clara'), 9999, 'x', true) $$,
	'23514', NULL, 'only the creator of a tenant is a creator');
SELECT throws_ok($$ UPDATE users SET is_team = true WHERE username = 'Clara' $$, '23514', NULL, 'nobody is creator and team member');
SELECT throws_ok($$ INSERT INTO users (creator_id, username) VALUES (id('Sam'), 'x') $$, '23503', NULL, 'a user belongs to a creator');
SELECT throws_ok($$ INSERT INTO users (creator_id, username) VALUES (id('Clara'), 'DAN') $$, '23505', NULL,
	'user names are unique everywhere, whatever their case');
SELECT throws_ok($$ INSERT INTO users (creator_id, username, email) VALUES (id('Clara'), 'x', 'SAM@example.org') $$, '23505', NULL,
	'e-mail addresses are unique within a creator');
SELECT lives_ok($$ INSERT INTO users (creator_id, username, email) VALUES (id('Dora'), 'x', 'SAM@example.org') $$,
	'an e-mail address may be known to several creators');
SELECT throws_ok($$ UPDATE users SET tier_id = (SELECT id FROM campaign_tiers WHERE title = 'Silver') WHERE username = 'Sam' $$,
	'23503', NULL, 'a tier is of the user''s creator');
SELECT is(caseless('ÄÖÉ'), 'äöé', 'case is folded beyond ASCII');

SELECT request('Sam') AS sam \gset
SELECT throws_ok(format($$ UPDATE book_requests SET status = 'approved' WHERE id = %s $$, :sam), '23514', NULL,
	'nothing is approved without a response');
SELECT throws_ok(format($$ UPDATE book_requests SET user_reply = 'x' WHERE id = %s $$, :sam), '23514', NULL, 'no reply without a response');
SELECT throws_ok(format($$ UPDATE book_requests SET accepted_at = now() WHERE id = %s $$, :sam), '23514', NULL, 'somebody accepts');
SELECT throws_ok(format($$ UPDATE book_requests SET status = 'lost' WHERE id = %s $$, :sam), '22P02', NULL, 'there are four states');
SELECT throws_ok(format($$ UPDATE book_requests SET responded_by_id = id('Dora'), response_date = now() WHERE id = %s $$, :sam), '23503', NULL,
	'a responder is of the same creator');
SELECT throws_ok($$ UPDATE quota_usage SET used = -1 $$, '23514', NULL, 'usage is never negative');
SELECT throws_ok($$ UPDATE audiences SET pending_count = -1 WHERE user_id = 0 $$, '23514', NULL, 'the pending count is never negative');
SELECT throws_ok($$ UPDATE quota_ledger SET amount = -1 $$, '23514', NULL, 'a charge is +1');
SELECT throws_ok($$ UPDATE book_requests SET month_year = '2026-13' $$, '23514', NULL, 'a month is a month');

SELECT * FROM finish();
ROLLBACK;
