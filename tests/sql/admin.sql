\ir fixture.psql
SELECT plan(60);

CREATE FUNCTION settings(p_name text, p_tier text, p_number int, p_key text DEFAULT NULL) RETURNS bookreq.answer LANGUAGE sql AS $$
	SELECT * FROM bookreq_api.settings(tenant(p_name), token(p_name), NULL, 'creator', p_key, sha256('s'), p_tier, p_number)
$$;
CREATE FUNCTION chapters(p_name text, p_tier text, p_number int) RETURNS bookreq.answer LANGUAGE sql AS $$
	SELECT * FROM bookreq_api.chapters_settings(tenant(p_name), token(p_name), NULL, 'creator', NULL, NULL, p_tier, p_number)
$$;
CREATE FUNCTION team(p_name text) RETURNS text LANGUAGE sql AS $$
	SELECT body FROM bookreq_api.list_team(tenant(p_name), token(p_name), NULL, 'admin')
$$;
CREATE FUNCTION add(p_name text, p_user bigint, p_username text DEFAULT NULL, p_key text DEFAULT NULL) RETURNS bookreq.answer LANGUAGE sql AS $$
	SELECT * FROM bookreq_api.add_team(tenant(p_name), token(p_name), NULL, 'creator', p_key, sha256('t'), p_user, p_username)
$$;
CREATE FUNCTION remove(p_name text, p_user bigint) RETURNS bookreq.answer LANGUAGE sql AS $$
	SELECT * FROM bookreq_api.remove_team(tenant(p_name), token(p_name), NULL, 'creator', p_user)
$$;
CREATE FUNCTION deactivate(p_name text, p_user bigint, p_key text DEFAULT NULL) RETURNS bookreq.answer LANGUAGE sql AS $$
	SELECT * FROM bookreq_api.deactivate_user(tenant(p_name), token(p_name), NULL, 'creator', p_key, sha256('d'), p_user)
$$;
CREATE FUNCTION activate(p_name text, p_user bigint) RETURNS bookreq.answer LANGUAGE sql AS $$
	SELECT * FROM bookreq_api.activate_user(tenant(p_name), token(p_name), NULL, 'creator', NULL, NULL, p_user)
$$;
CREATE FUNCTION log_of(p_name text, p_limit int DEFAULT NULL, p_before bigint DEFAULT NULL, p_actor bigint DEFAULT NULL,
	p_action text DEFAULT NULL, p_month text DEFAULT NULL) RETURNS jsonb LANGUAGE sql AS $$
	SELECT body::jsonb FROM bookreq_api.list_activity(tenant(p_name), token(p_name), NULL, 'admin', p_actor, p_action, p_month,
		p_limit, p_before)
$$;
CREATE FUNCTION check_of(p_name text) RETURNS text[] LANGUAGE sql AS $$
	SELECT ARRAY[format('{%s}:user:%s', u.creator_id, u.id), format(E'1 check %s\n', m.epoch)] FROM users u, meta m WHERE username = p_name
$$;
SELECT id AS gold FROM campaign_tiers WHERE title = 'Gold' \gset

-- Settings: Sam and Sue and Tess have Gold, Sue an own allowance
UPDATE users SET allowance = 1 WHERE username = 'Sue';
SELECT request('Sam') AS id \gset
SELECT settings('Clara', 'Gold', 9) AS answer \gset
SELECT is((:'answer'::answer).status, 200, 'changed');
SELECT is((:'answer'::answer).body, format('{"tier":{"id":%s,"title":"Gold","book_requests_allowed":9,"chapters_allowed_per_book_request":10,"users":2},"users_updated":2}', :gold), 'the tier and whom it concerns');
SELECT is(quota_of('Sam')->>'requests_allowed', '9', 'at once');
SELECT is(quota_of('Sue')->>'requests_allowed', '1', 'an own allowance stays');
SELECT is((:'answer'::answer).publish[1], format('{%s}:user:%s', id('Clara'), id('Sam')), 'the tier''s users are told …');
SELECT is((:'answer'::answer).publish[2], format(E'1 state %s %s 2 2 %4$s/9/10\n%2$s {"type":"quota_update","quota":%3$s}\n', epoch, id('Sam'), quota_json(id('Clara'), id('Sam')), this_month()), '… their quota after the newest event of theirs') FROM meta;
SELECT is((:'answer'::answer).publish[6], format(E'1 state %s 0 2 2 %4$s/9/10\n%2$s {"type":"quota_update","quota":%3$s}\n', epoch, id('Tess'), quota_json(id('Clara'), id('Tess')), this_month()), 'a team member''s events are the admins''') FROM meta;
SELECT is(cardinality((:'answer'::answer).publish), 6, 'and nobody else');
SELECT is((SELECT count(*) FROM events WHERE frame <> '{}'), 4::bigint, 'it is no event');
SELECT is((SELECT body::jsonb #>> '{tier,chapters_allowed_per_book_request}' FROM chapters('Clara', 'Gold', 4)), '4', 'chapters');
SELECT is(quota_of('Sam') - 'current_month', '{"requests_allowed":9,"requests_used":1,"requests_remaining":8,"chapters_allowed_per_book_request":4}', 'both numbers are in force');
SELECT throws_ok($$ SELECT settings('Clara', 'Silver', 1) $$, 'BR301', NULL, 'another creator''s tier');
SELECT throws_ok($$ SELECT settings('Tess', 'Gold', 1) $$, 'BR201', NULL, 'by a team member');
SELECT throws_ok($$ SELECT chapters('Sam', 'Gold', 1) $$, 'BR201', NULL, 'by a subscriber');
SELECT results_eq($$ SELECT (settings('Clara', 'Gold', 8, 'k')).replayed UNION ALL SELECT (settings('Clara', 'Gold', 8, 'k')).replayed $$, 'VALUES (false), (true)', 'with a key, once');
SELECT is((SELECT body FROM bookreq_api.list_tiers(id('Clara'), token('Tess'), NULL, 'admin')),
	format('{"tiers":[{"id":%s,"title":"Gold","book_requests_allowed":8,"chapters_allowed_per_book_request":4,"users":2}]}', :gold), 'the tiers');
UPDATE users SET is_active = false WHERE username = 'Sue';
SELECT is((SELECT body::jsonb #>> '{tiers,0,users}' FROM bookreq_api.list_tiers(id('Clara'), token('Tess'), NULL, 'admin')), '1', 'a tier''s users are its active subscribers');
SELECT throws_ok($$ SELECT bookreq_api.list_tiers(id('Clara'), token('Sam'), NULL, 'admin') $$, 'BR201', NULL, 'not for subscribers');
UPDATE users SET is_active = true, allowance = NULL WHERE username = 'Sue';

-- The team
SELECT is(team('Tess'), format('{"team":[{"id":%s,"username":"Clara","is_creator":true,"is_active":true},{"id":%s,"username":"Tess","is_creator":false,"is_active":true}]}', id('Clara'), id('Tess')), 'begins with the creator');
SELECT throws_ok($$ SELECT team('Sam') $$, 'BR201', NULL, 'not for subscribers');
SELECT add('Clara', id('Sam')) AS answer \gset
SELECT is((:'answer'::answer).body::text, team('Clara'), 'added by id: the new team');
SELECT is(jsonb_array_length(team('Clara')::jsonb->'team'), 3, 'with one more');
SELECT is((:'answer'::answer).publish, check_of('Sam') || end_of('Sam', id('Sam')), 'the sockets are told to check, and where the own events end');
SELECT is((SELECT publish FROM add('Clara', id('Sam'))), '{}', 'once more: nothing happens');
SELECT lives_ok($$ SELECT add('Clara', NULL, 'sUE') $$, 'added by name');
SELECT is((SELECT is_team FROM users WHERE username = 'Sue'), true, '… in any case');
SELECT throws_ok($$ SELECT add('Clara', NULL, NULL) $$, 'BR501', NULL, 'neither');
SELECT throws_ok($$ SELECT add('Clara', id('Dan')) $$, 'BR301', NULL, 'another creator''s user');
SELECT throws_ok($$ SELECT add('Clara', NULL, 'Dan') $$, 'BR301', NULL, '… by name');
SELECT throws_ok($$ SELECT add('Clara', id('Clara')) $$, 'BR301', NULL, 'the creator');
SELECT throws_ok($$ SELECT add('Tess', id('Nils')) $$, 'BR201', NULL, 'by a team member');
SELECT results_eq($$ SELECT (add('Clara', id('Nils'), NULL, 't')).replayed UNION ALL SELECT (add('Clara', id('Nils'), NULL, 't')).replayed $$, 'VALUES (false), (true)', 'with a key, once');
SELECT format('%s %s %s', status, body, publish) AS answer FROM remove('Clara', id('Sam')) \gset
SELECT is(:'answer', format('204  %s', check_of('Sam') || end_of('Sam', 0)), 'removed');
SELECT throws_ok($$ SELECT remove('Clara', id('Sam')) $$, 'BR301', NULL, 'no longer a member');
SELECT throws_ok($$ SELECT remove('Clara', id('Clara')) $$, 'BR301', NULL, 'the creator stays');
SELECT throws_ok($$ SELECT remove('Dora', id('Tess')) $$, 'BR301', NULL, 'another creator''s member');

-- Locking out
SELECT is((SELECT format('%s %s %s', status, body, publish) FROM deactivate('Clara', id('Sam'), 'd')), format('204  %s', check_of('Sam')), 'deactivated');
SELECT is((SELECT format('%s %s %s %s', status, body, replayed, publish) FROM deactivate('Clara', id('Sam'), 'd')), '204  t {}', 'with a key, once');
SELECT is((SELECT publish FROM deactivate('Clara', id('Sam'))), '{}', 'already deactivated');
SELECT is_empty($$ SELECT FROM sessions WHERE user_id = id('Sam') $$, 'the sessions have ended');
SELECT is((SELECT format('%s %s', status, body) FROM activate('Clara', id('Sam'))), '204 ', 'activated');
SELECT is((SELECT is_active FROM users WHERE username = 'Sam'), true, 'again');
SELECT throws_ok($$ SELECT deactivate('Clara', id('Clara')) $$, 'BR301', NULL, 'the creator');
SELECT throws_ok($$ SELECT activate('Clara', id('Dan')) $$, 'BR301', NULL, 'another creator''s user');
SELECT throws_ok($$ SELECT deactivate('Tess', id('Sue')) $$, 'BR201', NULL, 'by a team member');

-- Who did what
SELECT is((SELECT array_agg(a->>'action' ORDER BY n) FROM jsonb_array_elements(log_of('Tess')->'activity') WITH ORDINALITY t (a, n)),
	ARRAY['user_activated', 'user_deactivated', 'team_removed', 'team_added', 'team_added', 'team_added', 'settings_changed', 'settings_changed', 'settings_changed', 'created'],
	'everything, newest first');
SELECT is(log_of('Tess', 1), (SELECT jsonb_build_object('activity', jsonb_build_array(jsonb_build_object('id', id, 'at', iso(at), 'actor', jsonb_build_object('id', id('Clara'), 'username', 'Clara'),
	'action', 'user_activated', 'book_request_id', null, 'details', jsonb_build_object('user', jsonb_build_object('id', id('Sam'), 'username', 'Sam')))), 'next', id)
	FROM activity_log ORDER BY id DESC LIMIT 1), 'one of them, and where to go on');
SELECT is(log_of('Tess', 9, (log_of('Tess', 1)->>'next')::bigint) #>> '{activity,8,book_request_id}', :'id', 'the rest');
SELECT is(log_of('Tess', 9, (log_of('Tess', 1)->>'next')::bigint)->'next', 'null', 'is the last page');
SELECT is(log_of('Dora'), '{"activity":[],"next":null}', 'another creator''s is another');

-- By actor, action and month: what Dan did ended with the last moments of months, what Dora did began with the next
INSERT INTO activity_log (creator_id, at, actor_id, action)
SELECT id('Dora'), (date_trunc('month', now() AT TIME ZONE 'UTC') - make_interval(months => m) - d) AT TIME ZONE 'UTC', id(who), what::activity
FROM (VALUES ('Dan', 3, interval '1 microsecond', 'created'), ('Dan', 2, interval '1 microsecond', 'replied'),
	('Dora', 2, interval '0', 'accepted'), ('Dora', 0, interval '0', 'created')) v (who, m, d, what);
CREATE FUNCTION found(p_actor bigint, p_action text DEFAULT NULL, p_months int DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg((a #>> '{actor,username}') || ' ' || (a->>'action'), ', ' ORDER BY n)
	FROM jsonb_array_elements(log_of('Dora', p_actor => p_actor, p_action => p_action,
		p_month => to_char((now() AT TIME ZONE 'UTC') - make_interval(months => p_months), 'YYYY-MM'))->'activity') WITH ORDINALITY t (a, n)
$$;
SELECT is(found(id('Dan')), 'Dan replied, Dan created', 'what one did');
SELECT is(found(id('Tess')), NULL, 'another creator''s user');
SELECT is(found(NULL, 'accepted'), 'Dora accepted', 'what was accepted');
SELECT is(found(id('Dan'), 'created'), 'Dan created', 'what one did of one kind');
SELECT is(found(NULL, NULL, 2), 'Dora accepted', 'a month begins at once');
SELECT is(found(NULL, NULL, 3), 'Dan replied', 'and ends before the next');
SELECT is(found(NULL, NULL, 5), NULL, 'before all');
SELECT is(found(NULL, NULL, 0), 'Dora created', 'the present month');
SELECT is(log_of('Dora', 1, (log_of('Dora', 1, p_actor => id('Dan'))->>'next')::bigint, id('Dan')) #>> '{activity,0,action}', 'created', 'pages of what is found');
SELECT bookreq_ctl.token_add('Sam', token('Sam'), 1) \g /dev/null
SELECT throws_ok($$ SELECT log_of('Sam') $$, 'BR201', NULL, 'not for subscribers');

SELECT * FROM finish();
ROLLBACK;
