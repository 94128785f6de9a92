\ir fixture.psql
SELECT plan(57);

CREATE FUNCTION check_of(p_name text) RETURNS text[] LANGUAGE sql AS $$
	SELECT ARRAY[format('{%s}:user:%s', u.creator_id, u.id), format(E'1 check %s\n', m.epoch)] FROM users u, meta m WHERE username = p_name
$$;
CREATE FUNCTION sentence(p_sql text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE p_sql;
	RETURN NULL;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLERRM;
END $$;

-- Creators and tiers
SELECT is((bookreq_ctl.creator_add('Eve', 'eve@example.org', NULL)).body->>'id', id('Eve')::text, 'a creator is added');
SELECT results_eq($$ SELECT creator_id, is_creator, is_team, is_active, membership FROM users WHERE username = 'Eve' $$, $$ SELECT id('Eve'), true, false, true, 1 $$, 'as one');
SELECT is(sentence($$ SELECT bookreq_ctl.creator_add('clara', NULL, NULL) $$), 'The user name “clara” is taken.', 'a name that is taken');
SELECT throws_ok($$ SELECT bookreq_ctl.creator_add('clara', NULL, NULL) $$, 'BR501', NULL, '… is invalid');
SELECT throws_ok($$ SELECT bookreq_ctl.creator_add(NULL, NULL, NULL) $$, 'BR501', NULL, 'no name');
SELECT throws_ok($$ SELECT bookreq_ctl.creator_add('', NULL, NULL) $$, 'BR501', NULL, 'an empty name');
SELECT throws_ok($$ SELECT bookreq_ctl.creator_add(' x', NULL, NULL) $$, 'BR501', NULL, 'a name that begins with a space');
SELECT throws_ok($$ SELECT bookreq_ctl.creator_add(E'x\ny', NULL, NULL) $$, 'BR501', NULL, 'a name of two lines');
SELECT throws_ok($$ SELECT bookreq_ctl.creator_add(repeat('x', 201), NULL, NULL) $$, 'BR501', NULL, 'a name that is too long');
SELECT is(sentence($$ SELECT bookreq_ctl.creator_add('x', 'x at y', NULL) $$), '“x at y” is not an e-mail address.', 'what is no e-mail address');

SELECT is((bookreq_ctl.tier_set(id('Clara')::text, 'Gold', 7, 8)).body->>'id', (SELECT id::text FROM campaign_tiers WHERE title = 'Gold'), 'a tier is changed, the creator named by id');
SELECT results_eq($$ SELECT creator_id, book_requests_allowed, chapters_allowed_per_book_request FROM campaign_tiers WHERE title = 'Gold' $$, $$ SELECT id('Clara'), 7, 8 $$, 'to these numbers');
SELECT lives_ok($$ SELECT bookreq_ctl.tier_set('Dora', 'Gold', 0, 100000) $$, 'another creator''s tier may have the same title');
SELECT is(quota_of('Sam')->>'requests_allowed', '7', '… and is another tier');
SELECT throws_ok($$ SELECT bookreq_ctl.tier_set('Dora', 'Gold', -1, 0) $$, 'BR501', NULL, 'a negative number');
SELECT throws_ok($$ SELECT bookreq_ctl.tier_set('Dora', 'Gold', 0, 100001) $$, 'BR501', NULL, 'too large a number');
SELECT throws_ok($$ SELECT bookreq_ctl.tier_set('Dora', ' ', 0, 0) $$, 'BR501', NULL, 'no title');
SELECT is(sentence($$ SELECT bookreq_ctl.tier_set('Sam', 'Gold', 1, 1) $$), 'There is no creator “Sam”.', 'a subscriber is no creator');
SELECT throws_ok($$ SELECT bookreq_ctl.tier_set('99999999999999999999', 'Gold', 1, 1) $$, 'BR301', NULL, 'no id at all');

-- Users
SELECT is((bookreq_ctl.user_add('Ute', 'Clara', 'Gold', 'ute@example.org', 'hash')).body->>'id', id('Ute')::text, 'a user is added');
SELECT results_eq($$ SELECT creator_id, is_creator, is_team, title, email, password_hash FROM users u JOIN campaign_tiers t USING (creator_id) WHERE username = 'Ute' AND t.id = tier_id $$,
	$$ SELECT id('Clara'), false, false, 'Gold', 'ute@example.org', 'hash' $$, 'with all that was said');
SELECT is(sentence($$ SELECT bookreq_ctl.user_add('x', 'Clara', 'Silver', NULL, NULL) $$), 'This creator has no tier “Silver”.', 'another creator''s tier');
SELECT is(sentence($$ SELECT bookreq_ctl.user_add('x', 'Clara', NULL, 'UTE@example.org', NULL) $$), 'Another user of this creator has the e-mail address “UTE@example.org”.', 'an address that is taken');
SELECT throws_ok($$ SELECT bookreq_ctl.user_add('x', 'nobody', NULL, NULL, NULL) $$, 'BR301', NULL, 'no such creator');
SELECT bookreq_ctl.user_set('Ute', NULL, false, 3, true, NULL, false) \g /dev/null
SELECT is(quota_json(id('Clara'), id('Ute'))::jsonb - 'current_month', '{"requests_allowed":3,"requests_used":0,"requests_remaining":3,"chapters_allowed_per_book_request":8}', 'an allowance overrides the tier''s requests, not its chapters');
SELECT bookreq_ctl.user_set('Ute', NULL, true, NULL, true, NULL, true) \g /dev/null
SELECT results_eq($$ SELECT tier_id, allowance, email FROM users WHERE username = 'Ute' $$, 'SELECT NULL::bigint, NULL::int, NULL::text', 'all of it can be taken away');
SELECT bookreq_ctl.user_set('Ute', 'Gold', true, NULL, false, 'ute@example.org', true) \g /dev/null
SELECT results_eq($$ SELECT tier_id IS NOT NULL, allowance, email FROM users WHERE username = 'Ute' $$, $$ SELECT true, NULL::int, 'ute@example.org' $$, 'and given again');
SELECT throws_ok($$ SELECT bookreq_ctl.user_set('Ute', NULL, false, -1, true, NULL, false) $$, 'BR501', NULL, 'a negative allowance');
SELECT throws_ok($$ SELECT bookreq_ctl.user_set('Ute', NULL, false, NULL, false, 'SAM@example.org', true) $$, 'BR501', NULL, 'another''s address');
SELECT lives_ok($$ SELECT bookreq_ctl.user_set('Ute', NULL, false, NULL, false, 'UTE@example.org', true) $$, 'the own address in other letters');
SELECT throws_ok($$ SELECT bookreq_ctl.user_set('Ute', 'Silver', true, NULL, false, NULL, false) $$, 'BR301', NULL, 'another creator''s tier');
SELECT is(sentence($$ SELECT bookreq_ctl.user_set('nobody', NULL, false, NULL, false, NULL, false) $$), 'There is no user “nobody”.', 'nobody');

INSERT INTO sessions (creator_id, token_hash, user_id, kind, expires_at) VALUES (id('Clara'), token('log-in'), id('Sam'), 'login', now() + interval '1 day');
SELECT is((bookreq_ctl.user_passwd('sam', 'new')).publish, check_of('Sam'), 'a new password has the sockets checked');
SELECT is((SELECT password_hash FROM users WHERE username = 'Sam'), 'new', 'is kept');
SELECT results_eq($$ SELECT token_hash FROM sessions WHERE user_id = id('Sam') $$, $$ VALUES (token('Sam')) $$, 'and ends log-ins, not tokens');

INSERT INTO sessions (creator_id, token_hash, user_id, kind, expires_at) VALUES (id('Clara'), token('log-in'), id('Sam'), 'login', now() + interval '1 day');
SELECT is((bookreq_ctl.user_active('Sam', false)).publish, check_of('Sam'), 'deactivating has the sockets checked');
SELECT is_empty($$ SELECT FROM sessions WHERE user_id = id('Sam') $$, 'and ends all sessions');
SELECT is(sentence($$ SELECT bookreq_ctl.token_add('Sam', token('Sam'), 1) $$), '“Sam” is deactivated.', 'there are no new ones');
SELECT lives_ok($$ SELECT bookreq_ctl.user_active('Sam', true) $$, 'activating');
SELECT is((SELECT is_active FROM users WHERE username = 'Sam'), true, 'is possible again');
SELECT throws_ok($$ SELECT bookreq_ctl.user_active('Clara', false) $$, 'BR501', NULL, 'a creator is always active');
SELECT is((bookreq_ctl.user_list('Dora')).body::text, format('{"users":[{"id":%1$s,"username":"Dora","email":"dora@example.org","is_creator":true,"is_team":false,"created_by":null,"tier":null,"is_active":true,"allowance":null},'
	|| '{"id":%2$s,"username":"Dan","email":"both@example.org","is_creator":false,"is_team":false,"created_by":%1$s,"tier":{"id":%3$s,"title":"Silver"},"is_active":true,"allowance":null}]}',
	id('Dora'), id('Dan'), (SELECT id FROM campaign_tiers WHERE title = 'Silver')), 'the list of users');

-- The team
SELECT bookreq_ctl.token_add('Sam', token('Sam'), 1), request('Sam') \g /dev/null
SELECT (bookreq_ctl.team_add('Clara', 'Sam')).publish AS published \gset
SELECT is(:'published', check_of('Sam') || end_of('Sam', id('Sam')), 'joining the team has the sockets checked and ends the own events');
SELECT results_eq($$ SELECT is_team, membership, feed_from, feed_prev_from, feed_prev_until, tier_id IS NOT NULL FROM users WHERE username = 'Sam' $$,
	$$ SELECT true, 2, last_seq, 0::bigint, 2::bigint, true FROM audiences WHERE creator_id = id('Clara') AND user_id = 0 $$, 'and begins a membership; the tier stays');
SELECT is((SELECT is_admin FROM audiences WHERE user_id = id('Sam')), true, 'the audience knows');
SELECT is((bookreq_ctl.team_add('Clara', 'Sam')).publish, '{}', 'once more changes nothing');
SELECT is((SELECT membership FROM users WHERE username = 'Sam'), 2, '… not the membership either');
SELECT (bookreq_ctl.team_remove('Clara', 'Sam')).publish AS published \gset
SELECT is(:'published', check_of('Sam') || end_of('Sam', 0), 'leaving has the sockets checked and ends the admins'' events');
SELECT results_eq($$ SELECT is_team, membership, feed_from, feed_prev_from = feed_prev_until FROM users WHERE username = 'Sam' $$, $$ VALUES (false, 3, 3::bigint, true) $$, 'and begins another');
SELECT throws_ok($$ SELECT bookreq_ctl.team_add('Clara', 'Dan') $$, 'BR301', NULL, 'another creator''s user');
SELECT throws_ok($$ SELECT bookreq_ctl.team_add('Clara', 'Clara') $$, 'BR501', NULL, 'the creator');
SELECT throws_ok($$ SELECT bookreq_ctl.team_remove('Clara', 'nobody') $$, 'BR301', NULL, 'nobody');

-- Tokens
SELECT is((bookreq_ctl.user_find('SAM')).body::text, format('{"id":%s,"creator_id":%s}', id('Sam'), id('Clara')), 'whose a token is');
SELECT is((bookreq_ctl.token_add('Sam', token('new'), 3)).body::text, format('{"expires_at":"%s"}', iso(now() + interval '3 days')), 'a token for three days');
SELECT throws_ok($$ SELECT bookreq_ctl.token_add('Sam', token('other'), 0) $$, 'BR501', NULL, 'a token for no days');
SELECT is((bookreq_ctl.token_revoke('Sam')).publish, check_of('Sam'), 'revoking has the sockets checked');
SELECT is_empty($$ SELECT FROM sessions WHERE user_id = id('Sam') AND kind = 'token' $$, 'and ends all tokens');

SELECT * FROM finish();
ROLLBACK;
