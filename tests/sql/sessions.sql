\ir fixture.psql
SELECT plan(34);

SELECT is((SELECT status FROM bookreq_api.authorize(id('Clara'), token('Sam'), NULL, 'any')), 204, 'a token is enough for any');
SELECT throws_ok($$ SELECT bookreq_api.authorize(id('Clara'), token('Sam'), NULL, 'admin') $$, 'BR201', NULL, 'a subscriber is no admin');
SELECT throws_ok($$ SELECT bookreq_api.authorize(id('Clara'), token('Tess'), NULL, 'creator') $$, 'BR201', NULL, 'a team member is no creator');
SELECT lives_ok($$ SELECT bookreq_api.authorize(id('Clara'), token('Tess'), NULL, 'admin') $$, 'a team member is an admin');
SELECT lives_ok($$ SELECT bookreq_api.authorize(id('Clara'), token('Clara'), NULL, 'admin') $$, 'a creator is an admin');
SELECT lives_ok($$ SELECT bookreq_api.authorize(id('Clara'), token('Clara'), NULL, 'creator') $$, 'a creator is a creator');
SELECT throws_ok($$ SELECT bookreq_api.authorize(id('Clara'), token('Clara'), NULL, 'boss') $$, 'P0001', 'unknown role boss', 'an unknown role is our own mistake');
SELECT throws_ok($$ SELECT bookreq_api.authorize(id('Clara'), token('Clara'), NULL, NULL) $$, 'P0001', NULL, 'so is no role');
SELECT throws_ok($$ SELECT bookreq_api.authorize(NULL, NULL, NULL, 'any') $$, 'BR101', 'Please log in.', 'nobody');
SELECT throws_ok($$ SELECT bookreq_api.authorize(id('Clara'), token('nobody'), NULL, 'any') $$, 'BR101', NULL, 'an unknown token');
SELECT throws_ok($$ SELECT bookreq_api.authorize(id('Dora'), token('Sam'), NULL, 'any') $$, 'BR101', NULL, 'a token at another creator');

SAVEPOINT expiry;
UPDATE sessions SET expires_at = now() WHERE user_id = id('Sam');
SELECT throws_ok($$ SELECT bookreq_api.me(id('Clara'), token('Sam'), NULL, 'any') $$, 'BR101', NULL, 'an expired session');
ROLLBACK TO expiry;
UPDATE users SET is_active = false WHERE username = 'Sam';
SELECT throws_ok($$ SELECT bookreq_api.me(id('Clara'), token('Sam'), NULL, 'any') $$, 'BR101', NULL, 'a deactivated user');
SELECT throws_ok($$ SELECT bookreq_api.me(NULL, NULL, 'Sam', 'any') $$, 'BR101', NULL, 'a deactivated user of the web server');
ROLLBACK TO expiry;

SELECT is((SELECT body FROM bookreq_api.me(id('Clara'), token('Sam'), NULL, 'any')),
	format('{"user":{"id":%s,"username":"Sam","email":"sam@example.org","is_creator":false,"is_team":false,"created_by":%s,"tier":{"id":%s,"title":"Gold"}}}',
		id('Sam'), id('Clara'), (SELECT id FROM campaign_tiers WHERE title = 'Gold')), 'who a subscriber is');
SELECT is((SELECT body FROM bookreq_api.me(id('Clara'), token('Clara'), NULL, 'any')),
	format('{"user":{"id":%s,"username":"Clara","email":"clara@example.org","is_creator":true,"is_team":false,"created_by":null,"tier":null}}', id('Clara')),
	'who a creator is');
SELECT is((SELECT body::jsonb #>> '{user,username}' FROM bookreq_api.me(NULL, NULL, 'sAM', 'any')), 'Sam', 'the web server''s user, in any case');
SELECT is((SELECT body::jsonb #>> '{user,username}' FROM bookreq_api.me(id('Clara'), token('Tess'), 'Sam', 'any')), 'Tess', 'a token goes first');
SELECT is((SELECT body::jsonb #>> '{user,username}' FROM bookreq_api.me(id('Clara'), token('old'), 'Sam', 'any')), 'Sam', 'a dead token does not hinder');
SELECT throws_ok($$ SELECT bookreq_api.me(NULL, NULL, 'nobody', 'any') $$, 'BR101', NULL, 'a user whom only the web server knows');

SELECT is((SELECT format('%s %s', status, body) FROM bookreq_api.ws_handshake(id('Clara'), token('Sam'), NULL, 'any', id('Sam'))),
	format('204 {%s}:user:%s {%1$s}:subscribers sockets', id('Clara'), id('Sam')), 'a subscriber''s channels');
SELECT is((SELECT body FROM bookreq_api.ws_handshake(id('Clara'), token('Tess'), NULL, 'any', id('Tess'))),
	format('{%s}:user:%s {%1$s}:admins sockets', id('Clara'), id('Tess')), 'an admin''s channels');
SELECT throws_ok($$ SELECT bookreq_api.ws_handshake(id('Clara'), token('Tess'), NULL, 'any', id('Sam')) $$, 'BR201', NULL, 'a socket for somebody else');
SELECT throws_ok($$ SELECT bookreq_api.ws_handshake(id('Clara'), token('Tess'), NULL, 'any', NULL) $$, 'BR201', NULL, 'a socket for nobody');

SELECT * FROM bookreq_api.logout(id('Clara'), token('Sam'), NULL, 'any') \gset logout_
SELECT is(:logout_status, 204, 'logged out');
SELECT is(:'logout_publish'::text[], ARRAY[format('{%s}:user:%s', id('Clara'), id('Sam')), format(E'1 check %s\n', epoch)], 'the sockets are told to check')
	FROM meta;
SELECT throws_ok($$ SELECT bookreq_api.me(id('Clara'), token('Sam'), NULL, 'any') $$, 'BR101', NULL, 'the session is dead');
SELECT lives_ok($$ SELECT bookreq_api.me(id('Clara'), token('Sue'), NULL, 'any') $$, 'others'' sessions are not');
SELECT lives_ok($$ SELECT bookreq_api.logout(NULL, NULL, 'Sam', 'any') $$, 'the web server''s user may log out of nothing');

-- The password: other log-ins end, this one and the command line's tokens stay.
INSERT INTO sessions (creator_id, token_hash, user_id, kind, expires_at)
SELECT id('Clara'), token('Sue at ' || place), id('Sue'), 'login', now() + interval '1 day' FROM unnest(ARRAY['home', 'work']) place;
SELECT * FROM bookreq_api.password_begin(id('Clara'), token('Sue at home'), NULL, 'any', '192.0.2.1') \gset begin_
SELECT is(:'begin_password_hash'::text, 'hash of sue', 'the hash to be judged');
SELECT * FROM bookreq_api.password_finish(id('Clara'), token('Sue at home'), NULL, 'any', :begin_attempt, 'new hash') \gset finish_
SELECT is(:finish_status, 204, 'changed');
SELECT set_eq($$ SELECT token_hash FROM sessions WHERE user_id = id('Sue') $$,
	$$ VALUES (token('Sue')), (token('Sue at home')) $$, 'the log-in elsewhere has ended');
SELECT is((SELECT password_hash FROM users WHERE username = 'Sue'), 'new hash', 'the new hash is kept');
SELECT throws_ok(format($$ SELECT bookreq_api.password_finish(id('Clara'), token('Sue'), NULL, 'any', %s, 'x') $$, :begin_attempt),
	'BR102', NULL, 'an attempt is good once');

SELECT * FROM finish();
ROLLBACK;
