\ir fixture.psql
SELECT plan(52);
SELECT epoch FROM meta \gset

-- Who is told what, in which order
SELECT ask('Sam', 'A book') AS answer \gset
SELECT is(told(:'answer'), 'user book_request_update, user quota_update, admins book_request_update, admins pending_count_update', 'a subscriber asks');
SELECT is(ARRAY[(:'answer'::answer).publish[1], (:'answer'::answer).publish[3]], ARRAY[format('{%s}:user:%s', id('Clara'), id('Sam')), format('{%s}:admins', id('Clara'))], 'on these channels');
SELECT is((:'answer'::answer).publish[2], format(E'1 events %s %s 1 2\n0 {"type":"book_request_update","book_request":%s,"action":"created","timestamp":"%s"}\n'
	|| E'0 {"type":"quota_update","quota":%s}\n', :'epoch', id('Sam'), request_json(r), iso(created_at), quota_json(creator_id, user_id)), 'the message for the owner')
	FROM book_requests r;
SELECT matches((:'answer'::answer).publish[4], format(E'^1 events %s 0 1 2\n0 {"type":"book_request_update",[^\n]*}\n0 {"type":"pending_count_update","pending_count":1}\n$', :'epoch'),
	'the message for the admins');
SELECT results_eq(format($$ SELECT audience, seq, to_user, line FROM published(%L) ORDER BY 1, 2 $$, :'answer'),
	$$ SELECT audience, seq, to_user, frame FROM events WHERE frame <> '{}' ORDER BY 1, 2 $$, 'published is what is kept');

SELECT max(id) AS id FROM book_requests \gset
SELECT respond('Tess', :id, 'rejected') AS answer \gset
SELECT is(told(:'answer'), 'user book_request_update, user notification, user quota_update, admins book_request_update, admins pending_count_update', 'an admin rejects');
SELECT is((SELECT frame->>'action' FROM published(:'answer') LIMIT 1), 'status_changed', 'the action of a response');
SELECT is((SELECT line FROM published(:'answer') WHERE frame->>'type' = 'notification'), (SELECT format('{"type":"notification","notification":{"id":%s,"kind":"request_responded",'
	|| '"message":"Your request for “A book” is rejected.","book_request_id":%s,"created_at":"%s","read_at":null},"unread_count":1}', id, book_request_id, iso(created_at))
	FROM notifications), 'the notification');
SELECT respond('Tess', :id, 'approved') AS answer \gset
SELECT is(told(:'answer'), 'user book_request_update, user notification, user quota_update, admins book_request_update', 'not pending before nor after: no pending count');
SELECT respond('Tess', :id, 'approved') AS answer \gset
SELECT is(told(:'answer'), 'user book_request_update, user notification, admins book_request_update', 'no refund: no quota');
SELECT is((SELECT frame->'unread_count' FROM published(:'answer') WHERE frame ? 'unread_count'), '3', 'the third unread notification');
SELECT accept('Tess', :id) AS answer \gset
SELECT is(told(:'answer') || ': ' || (SELECT frame->>'action' FROM published(:'answer') LIMIT 1),
	'user book_request_update, user notification, admins book_request_update: accepted', 'an admin accepts');
SELECT reply('Sam', :id, 'Thanks') AS answer \gset
SELECT is(told(:'answer') || ': ' || (SELECT frame->>'action' FROM published(:'answer') LIMIT 1),
	'user book_request_update, admins book_request_update, admins>Tess notification: reply_added', 'the owner replies');
SELECT fulfill('Tess', :id) AS answer \gset
SELECT is(told(:'answer') || ': ' || (SELECT frame->>'action' FROM published(:'answer') LIMIT 1),
	'user book_request_update, user notification, admins book_request_update: status_changed', 'an admin fulfils');

-- Admins' own requests: everything is in the admins' audience, the request's update once
SELECT ask('Tess', 'My book') AS answer \gset
SELECT is(told(:'answer'), 'admins book_request_update, admins>Tess quota_update, admins pending_count_update', 'an admin asks');
SELECT max(id) AS own FROM book_requests \gset
SELECT respond('Clara', :own, 'rejected') AS answer \gset
SELECT is(told(:'answer'), 'admins book_request_update, admins>Tess notification, admins>Tess quota_update, admins pending_count_update', 'another admin responds');
SELECT respond('Tess', :own, 'approved') AS answer \gset
SELECT is(told(:'answer'), 'admins book_request_update, admins>Tess quota_update', 'nobody is notified of his own response');
SELECT reply('Tess', :own, 'Thanks, me') AS answer \gset
SELECT is(told(:'answer'), 'admins book_request_update', 'nor of his own reply');
SELECT accept('Tess', :own) AS answer \gset
SELECT is(told(:'answer'), 'admins book_request_update', 'nor of his own accepting');

-- A responder who is no admin any more is not notified
SELECT request('Sue') AS id2 \gset
SELECT respond('Tess', :id2, 'approved') \g /dev/null
SAVEPOINT team;
SELECT bookreq_ctl.team_remove('Clara', 'Tess') \g /dev/null
SELECT is(told(reply('Sue', :id2, 'Thanks')), 'user book_request_update, admins book_request_update', 'no longer in the team');
SELECT is((SELECT count(*) FROM notifications WHERE book_request_id = :id2 AND kind = 'reply_received'), 0::bigint, 'no notification either');
ROLLBACK TO team;
SELECT bookreq_ctl.user_active('Tess', false) \g /dev/null
SELECT is(told(reply('Sue', :id2, 'Thanks')), 'user book_request_update, admins book_request_update', 'deactivated');
ROLLBACK TO team;

-- Numbers have no gaps and counters agree
SELECT is((bookreq_ctl.doctor()).body->>'violations', '[]', 'no gaps, counters agree');

-- Recovery over HTTP
CREATE FUNCTION since(p_name text, p_cursor text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT body::jsonb FROM bookreq_api.events(tenant(p_name), token(p_name), NULL, 'any', p_cursor)
$$;
CREATE FUNCTION types(p_events jsonb) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg((m->>'type') || ' ' || substr(m->>'cursor', 18 + strpos(substr(m->>'cursor', 18), '-')), ', ' ORDER BY n)
	FROM jsonb_array_elements(p_events->'messages') WITH ORDINALITY t (m, n)
$$;
CREATE FUNCTION newest(p_name text) RETURNS bigint LANGUAGE sql AS $$
	SELECT last_seq FROM audiences a JOIN users u USING (creator_id)
	WHERE u.username = p_name AND a.user_id = CASE WHEN u.is_creator OR u.is_team THEN 0 ELSE u.id END
$$;
SELECT is(since('Sue', NULL), jsonb_build_object('cursor', cursor_at('Sue', newest('Sue')), 'recovered', false, 'messages', '[]'::jsonb), 'without a cursor');
SELECT is(types(since('Sue', cursor_at('Sue', 1))), 'quota_update 1-2, book_request_update 1-3, notification 1-4', 'from a cursor on');
SELECT is(since('Sue', cursor_at('Sue', 1)) - 'messages', jsonb_build_object('cursor', cursor_at('Sue', 4), 'recovered', true), 'recovered');
SELECT is(since('Sue', cursor_at('Sue', 4)), jsonb_build_object('cursor', cursor_at('Sue', 4), 'recovered', true, 'messages', '[]'::jsonb), 'nothing new');
SELECT is((SELECT body FROM bookreq_api.events(id('Clara'), token('Sue'), NULL, 'any', cursor_at('Sue', 3))),
	(SELECT format('{"cursor":"%1$s","recovered":true,"messages":[%2$s,"cursor":"%1$s"}]}', cursor_at('Sue', 4), left(frame, -1)) FROM events WHERE audience = id('Sue') AND seq = 4),
	'a frame is what was sent live, with its cursor at the end');
SELECT is((SELECT array_agg(DISTINCT since('Sue', bad) - 'messages') FROM unnest(ARRAY['', 'x', 'é', cursor_at('Sue', 5), cursor_at('Sam', 1), cursor_at('Sue', 1, -1),
		cursor_at('Sue', 1) || '0', cursor_at('Sue', 1) || ' ', replace(cursor_at('Sue', 1), :'epoch', '0123456789abcdef'), upper(cursor_at('Sue', 1)) || 'X',
		cursor_at('Sue', -1), replace(cursor_at('Sue', 1), '-1-1', '-01-1'), cursor_at('Sue', 1) || repeat('9', 30)]) bad),
	ARRAY[jsonb_build_object('cursor', cursor_at('Sue', 4), 'recovered', false)], 'unreadable ones, ahead of the newest, another user''s, another epoch''s');
SELECT is(since('Tess', cursor_at('Tess', newest('Tess') - 1)), jsonb_build_object('cursor', cursor_at('Tess', newest('Tess')), 'recovered', true,
	'messages', jsonb_build_array((SELECT frame::jsonb || jsonb_build_object('cursor', cursor_at('Tess', newest('Tess'))) FROM events WHERE audience = 0 ORDER BY seq DESC LIMIT 1))), 'an admin''s stream');
SELECT is((SELECT count(*) FROM jsonb_array_elements(since('Clara', cursor_at('Clara', 0))->'messages') m WHERE m->>'type' IN ('notification', 'quota_update')), 0::bigint,
	'what is for another admin alone is left out');
SELECT is(since('Clara', cursor_at('Clara', 0))->>'cursor', cursor_at('Clara', newest('Clara')), '… but passed');

SAVEPOINT pruned;
UPDATE audiences SET min_seq = 3 WHERE user_id = id('Sue');
DELETE FROM events WHERE audience = id('Sue') AND seq < 3;
SELECT is(since('Sue', cursor_at('Sue', 1))->'recovered', 'false', 'what is no longer kept');
SELECT is(since('Sue', cursor_at('Sue', 2))->'recovered', 'true', 'just before what is kept');
ROLLBACK TO pruned;

-- Memberships
SELECT newest('Sam') AS sam_until, newest('Clara') AS admins_from \gset
SELECT cursor_at('Sam', :sam_until - 1) AS old_cursor \gset
SELECT bookreq_ctl.team_add('Clara', 'Sam') \g /dev/null
SELECT request('Sue', 'While Sam is an admin') AS id3 \gset
SELECT is(types(since('Sam', :'old_cursor')), format('notification 1-%s, book_request_update 2-%s, pending_count_update 2-%s', :sam_until, :admins_from + 1, :admins_from + 2),
	'joining: the rest of the former stream, then the admins'' from then on');
SAVEPOINT pruned;
UPDATE audiences SET min_seq = :sam_until WHERE user_id = id('Sam');
DELETE FROM events WHERE audience = id('Sam') AND seq < :sam_until;
SELECT is(since('Sam', cursor_at('Sam', :sam_until - 2, 1))->'recovered', 'false', 'what is no longer kept of the former stream');
SELECT is(since('Sam', :'old_cursor')->'recovered', 'true', 'just before what is kept of it');
ROLLBACK TO pruned;
SELECT is(types(since('Sam', cursor_at('Sam', :admins_from))), format('book_request_update 2-%s, pending_count_update 2-%s', :admins_from + 1, :admins_from + 2), 'the new stream');
SELECT is(since('Sam', cursor_at('Sam', :admins_from - 1))->'recovered', 'false', 'nothing from before the membership');
SELECT cursor_at('Sam', :admins_from + 1) AS admin_cursor \gset
SELECT bookreq_ctl.team_remove('Clara', 'Sam') \g /dev/null
SELECT request('Sue', 'After Sam was an admin') AS id4, request('Sam', 'Sam again') AS id5 \g /dev/null
SELECT is(types(since('Sam', :'admin_cursor')), format('pending_count_update 2-%s, book_request_update 3-%s, quota_update 3-%s', :admins_from + 2, :sam_until + 2, :sam_until + 3),
	'leaving: the rest of the admins'', then the own');
SELECT is(since('Sam', cursor_at('Sam', :admins_from - 1, 1))->'recovered', 'false', 'nothing from before the former membership');
SELECT is(since('Sam', cursor_at('Sam', newest('Clara'), 1))->'recovered', 'true', 'a little past the end of the former membership');
SELECT is(since('Sam', cursor_at('Sam', newest('Clara') + 1, 1))->'recovered', 'false', 'ahead of everything in it');
SELECT is(since('Sam', :'old_cursor')->'recovered', 'false', 'two memberships ago');
SELECT bookreq_ctl.team_add('Clara', 'Sam') \g /dev/null
SELECT is(since('Sam', :'admin_cursor')->'recovered', 'false', 'from before an interruption');

-- Pokes, and checks for what is no event
CREATE TEMP VIEW recent AS
	SELECT publish[i] AS channel, publish[i + 1] AS message FROM bookreq_api.poke_recent(1800), generate_series(1, cardinality(publish), 2) i;
DELETE FROM checks;
SELECT results_eq($$ SELECT channel, message FROM recent ORDER BY 1 $$, format($$
	SELECT '{' || creator_id || '}:' || CASE user_id WHEN 0 THEN 'admins' ELSE 'user:' || user_id END,
		'1 poke %s ' || user_id || ' ' || last_seq || E'\n' FROM audiences WHERE last_seq > 0 ORDER BY 1 $$, :'epoch'), 'a poke for every audience of late');
UPDATE events SET created_at = created_at - interval '1 hour' WHERE audience <> 0;
SELECT is((SELECT array_agg(channel) FROM recent), ARRAY[format('{%s}:admins', id('Clara'))], 'and for no other');
UPDATE events SET created_at = created_at - interval '1 hour' WHERE audience = 0;
SELECT is((SELECT publish FROM bookreq_api.poke_recent(1800)), '{}', 'one answer, also where there is nothing to tell');
SELECT is(send_check(id('Clara'), id('Sam')), ARRAY[format('{%s}:user:%s', id('Clara'), id('Sam')), format(E'1 check %s\n', :'epoch')], 'a check');
SELECT send_check(id('Clara'), id('Sam')) AS again \gset
SELECT is((SELECT publish FROM bookreq_api.poke_recent(1800)), ARRAY[format('{%s}:user:%s', id('Clara'), id('Sam')), format(E'1 check %s\n', :'epoch')], 'is told again, once');
SELECT begin_terms_change(id('Clara')) AS version \gset
SELECT results_eq($$ SELECT channel, message FROM recent $$, format($$ VALUES ('{%1$s}:admins', E'1 check %3$s\n'), ('{%1$s}:subscribers', E'1 check %3$s\n'),
	('{%1$s}:user:%2$s', E'1 check %3$s\n') $$, id('Clara'), id('Sam'), :'epoch'), 'after a change of a tier everybody of the creator asks');
UPDATE checks SET at = at - interval '1 hour';
SELECT is((SELECT publish FROM bookreq_api.poke_recent(1800)), '{}', 'but not for ever');

SELECT * FROM finish();
ROLLBACK;
