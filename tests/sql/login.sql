\ir fixture.psql
SELECT plan(30);

CREATE FUNCTION try(p_name text, p_address text DEFAULT '192.0.2.1') RETURNS bigint LANGUAGE sql AS $$
	SELECT attempt FROM bookreq_api.login_begin(p_address, p_name) LIMIT 1
$$;

SELECT results_eq($$ SELECT creator_id, user_id, password_hash FROM bookreq_api.login_begin('192.0.2.1', 'sAM') $$,
	$$ SELECT id('Clara'), id('Sam'), 'hash of sam' $$, 'by name, in any case');
SELECT results_eq($$ SELECT creator_id, user_id, password_hash FROM bookreq_api.login_begin('192.0.2.1', 'SAM@example.org') $$,
	$$ SELECT id('Clara'), id('Sam'), 'hash of sam' $$, 'by e-mail address, in any case');
SELECT set_eq($$ SELECT user_id FROM bookreq_api.login_begin('192.0.2.1', 'both@example.org') $$, $$ VALUES (id('Sue')), (id('Dan')) $$,
	'an address that two creators know: whose password it is decides');
SELECT results_eq($$ SELECT attempt IS NOT NULL, creator_id, user_id, password_hash FROM bookreq_api.login_begin('192.0.2.1', 'nobody') $$,
	$$ VALUES (true, NULL::bigint, NULL::bigint, NULL::text) $$, 'an unknown name is judged as long as any');
SELECT is((SELECT user_id FROM bookreq_api.login_begin('192.0.2.1', 'Nils')), NULL, 'without a password nobody logs in');
UPDATE users SET is_active = false WHERE username = 'Sue';
SELECT is((SELECT user_id FROM bookreq_api.login_begin('192.0.2.1', 'Sue')), NULL, 'a deactivated user does not log in');
SELECT is((SELECT user_id FROM bookreq_api.login_begin('192.0.2.1', 'both@example.org')), id('Dan'), 'nor is he a candidate');
UPDATE users SET email = 'sam@example.org' WHERE username = 'Dan';
UPDATE users SET username = 'sam@example.org' WHERE username = 'Sue';
UPDATE users SET is_active = true WHERE username = 'sam@example.org';
SELECT results_eq($$ SELECT user_id FROM bookreq_api.login_begin('192.0.2.1', 'sam@example.org') $$,
	$$ VALUES (id('sam@example.org')), (id('Sam')), (id('Dan')) $$, 'a name goes before addresses, but shuts out nobody');
UPDATE users SET username = 'Sue' WHERE username = 'sam@example.org';

-- The end of a log-in.
SELECT try('Sam', '192.0.2.2') AS attempt \gset
SELECT throws_ok(format($$ SELECT bookreq_api.login_finish(%s, id('Clara'), id('Sue'), 'hash of sue', sha256('s'), 24) $$, :attempt),
	'BR102', NULL, 'an attempt is for the user that was named');
SELECT throws_ok($$ SELECT bookreq_api.login_finish(0, id('Clara'), id('Sam'), 'hash of sam', sha256('s'), 24) $$, 'BR102', NULL, 'there is no log-in without an attempt');
SELECT * FROM bookreq_api.login_finish(:attempt, id('Clara'), id('Sam'), 'hash of sam', sha256('s'), 24) \gset login_
SELECT is(:login_status, 200, 'logged in');
SELECT is(:'login_body'::jsonb->'user', (SELECT body::jsonb->'user' FROM bookreq_api.me(id('Clara'), token('Sam'), NULL, 'any')), 'with the user');
SELECT is(:'login_body'::jsonb->>'expires_at', iso(now() + interval '24 hours'), 'and the end of the session');
SELECT lives_ok($$ SELECT bookreq_api.me(id('Clara'), sha256('s'), NULL, 'any') $$, 'the session is good');
SELECT is_empty($$ SELECT FROM login_attempts WHERE address = '192.0.2.2' $$, 'and was no failure');
SELECT try('Sam', '192.0.2.2') AS attempt \gset
UPDATE users SET is_active = false WHERE username = 'Sam';
SELECT throws_ok(format($$ SELECT bookreq_api.login_finish(%s, id('Clara'), id('Sam'), 'hash of sam', sha256('t'), 24) $$, :attempt),
	'BR101', NULL, 'whoever was deactivated meanwhile is not let in');
UPDATE users SET is_active = true, password_hash = 'another' WHERE username = 'Sam';
SELECT throws_ok(format($$ SELECT bookreq_api.login_finish(%s, id('Clara'), id('Sam'), 'hash of sam', sha256('t'), 24) $$, :attempt),
	'BR102', NULL, 'nor by a password that is another since');
UPDATE users SET password_hash = 'hash of sam' WHERE username = 'Sam';
DELETE FROM login_attempts;

-- Ten failures for an account from an address.
SELECT lives_ok($$ SELECT try(CASE WHEN i % 2 = 0 THEN 'Sam' ELSE 'sam@example.org' END) FROM generate_series(1, 10) i $$, 'ten attempts');
SELECT throws_ok($$ SELECT try('SAM') $$, 'BR601', NULL, 'the eleventh is not judged, by whatever name');
SELECT is((SELECT count(*) FROM login_attempts), 10::bigint, 'nor counted');
CREATE FUNCTION retry_after() RETURNS int LANGUAGE plpgsql AS $$
DECLARE
	v_detail	text;
BEGIN
	PERFORM try('Sam');
	RETURN NULL;
EXCEPTION WHEN SQLSTATE 'BR601' THEN
	GET STACKED DIAGNOSTICS v_detail = PG_EXCEPTION_DETAIL;
	RETURN v_detail::jsonb->>'retry_after';
END $$;
SELECT cmp_ok(retry_after(), '<=', 900, 'it says when to come back');
SELECT cmp_ok(retry_after(), '>', 800, '… which is when the first failure is forgotten');
SELECT lives_ok($$ SELECT try('Sam', '192.0.2.3') $$, 'another address may try');
SELECT lives_ok($$ SELECT try('Dan') $$, 'another account may be tried');
SELECT throws_ok($$ SELECT bookreq_api.password_begin(id('Clara'), token('Sam'), NULL, 'any', '192.0.2.1') $$, 'BR601', NULL,
	'the current password is not judged either');
UPDATE login_attempts SET at = at - interval '15 minutes' WHERE id = (SELECT min(id) FROM login_attempts);
SELECT lives_ok($$ SELECT try('Sam') AS attempt $$, 'after a quarter of an hour a failure is forgotten');

-- Success forgives the account at that address.
SELECT bookreq_api.login_finish((SELECT max(id) FROM login_attempts), id('Clara'), id('Sam'), 'hash of sam', sha256('u'), 24) \g /dev/null
SELECT lives_ok($$ SELECT try('Sam') FROM generate_series(1, 10) $$, 'then there are ten attempts again');

-- A hundred from an address, whoever is tried.
DELETE FROM login_attempts;
SELECT lives_ok($$ SELECT try('name ' || i) FROM generate_series(1, 100) i $$, 'a hundred attempts');
SELECT throws_ok($$ SELECT try('Sam') $$, 'BR601', NULL, 'one more');
DELETE FROM login_attempts WHERE id = (SELECT min(id) FROM login_attempts);
SELECT bookreq_api.login_finish(try('Sam'), id('Clara'), id('Sam'), 'hash of sam', sha256('v'), 24), try('Sam') \g /dev/null
SELECT throws_ok($$ SELECT try('Sam') $$, 'BR601', NULL, 'success does not forgive the address');

SELECT * FROM finish();
ROLLBACK;
