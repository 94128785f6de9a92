\ir fixture.psql
SELECT plan(32);
SELECT epoch FROM meta \gset

CREATE FUNCTION open(p_name text, p_cursor text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT body FROM bookreq_api.bridge_open(tenant(p_name), token(p_name), NULL, 'any', id(p_name), p_cursor)
$$;
CREATE FUNCTION fetch_from(p_name text, p_cursor text) RETURNS text LANGUAGE sql AS $$
	SELECT body FROM bookreq_api.bridge_fetch(tenant(p_name), token(p_name), NULL, 'any', p_cursor)
$$;
CREATE FUNCTION refresh(p_name text, p_what text) RETURNS text LANGUAGE sql AS $$
	SELECT body FROM bookreq_api.bridge_refresh(tenant(p_name), token(p_name), NULL, 'any', p_what)
$$;
CREATE FUNCTION value(p_body text, p_word text) RETURNS text LANGUAGE sql AS $$
	SELECT substring(p_body, format('(?n)^%s (.*)$', p_word))
$$;
CREATE FUNCTION frames(p_body text) RETURNS int LANGUAGE sql AS $$
	SELECT count(*)::int FROM regexp_matches(p_body, '(?n)^frame [0-9a-f]{16}-', 'g')
$$;
-- The cursor to go on from.
CREATE FUNCTION go_on(p_body text) RETURNS text LANGUAGE sql AS $$
	SELECT value(p_body, 'stream') || '-' || value(p_body, 'position')
$$;

SELECT request('Sam') AS id \gset
SELECT respond('Tess', :id, 'approved') \g /dev/null
SELECT is(open('Sam'), format(E'bookreq-bridge 1\nstream %1$s-%2$s-1\naudience %2$s\nuser %2$s\nposition 4\nlast 4\nterms %5$s/5/10\nchannel {%3$s}:user:%2$s\nchannel {%3$s}:subscribers\nchannel sockets\n'
	|| E'frame - {"type":"connected","message":"Connected to book requests live updates"}\n'
	|| E'frame - {"type":"initial_data","quota":%4$s,"pending_count":0,"unread_count":1,"cursor":"%1$s-%2$s-1-4","recovered":false}\n',
	:'epoch', id('Sam'), id('Clara'), quota_json(id('Clara'), id('Sam')), this_month()), 'a subscriber connects');
SELECT request('Sue') AS sue \gset
SELECT is(open('Tess'), format(E'bookreq-bridge 1\nstream %1$s-%2$s-2\naudience 0\nuser %2$s\nposition %5$s\nlast %5$s\nterms %6$s/5/10\nchannel {%3$s}:user:%2$s\nchannel {%3$s}:admins\nchannel sockets\n'
	|| E'frame - {"type":"connected","message":"Connected to book requests live updates"}\n'
	|| E'frame - {"type":"initial_data","quota":%4$s,"pending_count":1,"unread_count":0,"cursor":"%1$s-%2$s-2-%5$s","recovered":false}\n',
	:'epoch', id('Tess'), id('Clara'), quota_json(id('Clara'), id('Tess')), (SELECT max(seq) FROM events WHERE audience = 0), this_month()), 'an admin connects');
SELECT is(open('Sam', cursor_at('Sam', 3)), replace(open('Sam'), cursor_at('Sam', 4) || '","recovered":false', cursor_at('Sam', 3) || '","recovered":true')
	|| format(E'frame %s %s\n', cursor_at('Sam', 4), frame), 'with a cursor what follows it comes, and the client''s cursor stands') FROM events WHERE audience = id('Sam') AND seq = 4;
SELECT is(open('Sam', 'rubbish'), open('Sam'), 'with a bad one it is as without');
SELECT is(open('Sam', replace(cursor_at('Sam', 3), :'epoch', '0123456789abcdef')), open('Sam'), 'also with one of another epoch');
SELECT throws_ok($$ SELECT bookreq_api.bridge_open(id('Clara'), token('Sam'), NULL, 'any', id('Sue'), NULL) $$, 'BR201', NULL, 'a socket for somebody else');
SELECT throws_ok($$ SELECT bookreq_api.bridge_open(id('Clara'), token('none'), NULL, 'any', id('Sue'), NULL) $$, 'BR101', NULL, 'a socket for nobody');

SELECT is(fetch_from('Sam', cursor_at('Sam', 2)), format(E'bookreq-bridge 1\nstream %1$s-%2$s-1\naudience %2$s\nuser %2$s\nposition 4\nlast 4\nterms %4$s/5/10\nchannel {%3$s}:user:%2$s\nchannel {%3$s}:subscribers\nchannel sockets\n',
	:'epoch', id('Sam'), id('Clara'), this_month()) || string_agg(format(E'frame %s-%s-1-%s %s\n', :'epoch', id('Sam'), seq, frame), '' ORDER BY seq), 'what comes after')
	FROM events WHERE audience = id('Sam') AND seq > 2;
SELECT is(frames(fetch_from('Sam', cursor_at('Sam', 4))), 0, 'nothing comes after the newest');
SELECT throws_ok($$ SELECT fetch_from('Sam', cursor_at('Sam', 5)) $$, 'BR702', NULL, 'a position ahead of it');
SELECT throws_ok($$ SELECT fetch_from('Sam', 'rubbish') $$, 'BR702', NULL, 'no position');
SELECT throws_ok($$ SELECT fetch_from('Sam', NULL) $$, 'BR702', NULL, 'none at all');
SELECT throws_ok(format($$ SELECT fetch_from('Sam', replace(cursor_at('Sam', 4), %L, '0123456789abcdef')) $$, :'epoch'), 'BR701', NULL, 'a position of another epoch');
SELECT throws_ok($$ SELECT bookreq_api.bridge_fetch(id('Clara'), token('none'), NULL, 'any', cursor_at('Sam', 4)) $$, 'BR101', NULL, 'a session that is no longer good');
SELECT is((SELECT status FROM bookreq_api.bridge_fetch(NULL, NULL, 'Sam', 'any', cursor_at('Sam', 4))), 200, 'the web server''s user has sockets, too');

-- Pages
UPDATE users SET allowance = 1000 WHERE username = 'Sam';
SELECT count(request('Sam', 'Book ' || i)) FROM generate_series(1, 40) i \g /dev/null
SELECT is(frames(fetch_from('Sam', cursor_at('Sam', 4))), 64, 'a page has at most 64 frames');
SELECT is(value(fetch_from('Sam', cursor_at('Sam', 4)), 'position') || '/' || value(fetch_from('Sam', cursor_at('Sam', 4)), 'last'), '68/84', 'and says that there is more');
SELECT is(value(fetch_from('Sam', go_on(fetch_from('Sam', cursor_at('Sam', 4)))), 'position'), '84', 'the next page ends at the newest');
SELECT count(respond('Tess', id, 'approved', repeat('é', 5000))) FROM book_requests WHERE user_id = id('Sam') AND title > 'Book' LIMIT 40 \g /dev/null
SELECT cmp_ok(octet_length(fetch_from('Sam', cursor_at('Sam', 84))), '<=', 49152 + 512, 'a page has at most 48 KiB of frames');
SELECT is(frames(open('Sam', cursor_at('Sam', 84))), frames(fetch_from('Sam', cursor_at('Sam', 84))), 'the first page as well');
UPDATE events SET frame = left(frame, -1) || format(',"x":"%s"}', repeat('x', 60000)) WHERE audience = id('Sam') AND seq = 85;
SELECT is(frames(fetch_from('Sam', cursor_at('Sam', 84))), 1, 'but always one frame');

-- A page that ends inside the former membership
SELECT last_seq AS until FROM audiences WHERE user_id = id('Sam') \gset
SELECT cursor_at('Sam', :until - 65) AS cursor \gset
UPDATE events SET frame = '{"type":"x"}' WHERE audience = id('Sam');
SELECT bookreq_ctl.team_add('Clara', 'Sam') \g /dev/null
SELECT request('Sue', 'later') \g /dev/null
SELECT is(value(fetch_from('Sam', :'cursor'), 'stream') || ' ' || value(fetch_from('Sam', :'cursor'), 'position') || ' ' || value(fetch_from('Sam', :'cursor'), 'last'),
	format('%s-%s-1 %s %s', :'epoch', id('Sam'), :until - 1, :until), 'is still in the former stream');
SELECT is(regexp_replace(fetch_from('Sam', go_on(fetch_from('Sam', :'cursor'))), E'\\{"type.*?\\}\n', '', 'g'),
	regexp_replace(format(E'bookreq-bridge 1\nstream %1$s-%2$s-2\naudience 0\nuser %2$s\nposition %3$s\nlast %3$s\nterms %7$s/1000/10\nchannel {%4$s}:user:%2$s\nchannel {%4$s}:admins\nchannel sockets\n'
	|| E'frame %1$s-%2$s-1-%5$s {"type"}\nframe %1$s-%2$s-2-%6$s {"type"}\nframe %1$s-%2$s-2-%3$s {"type"}\nframe - {"type"}\n', :'epoch', id('Sam'), last_seq, id('Clara'), :until, last_seq - 1, this_month()),
	E'\\{"type.*?\\}\n', '', 'g'), 'the next one goes over') FROM audiences WHERE creator_id = id('Clara') AND user_id = 0;

SELECT is(substring(fetch_from('Sam', go_on(fetch_from('Sam', :'cursor'))) FROM 'frame - (.*?)\n'), format('{"type":"heartbeat","cursor":"%s"}',
	go_on(fetch_from('Sam', go_on(fetch_from('Sam', :'cursor'))))), 'and says so by a heartbeat');
SELECT matches(open('Sam', go_on(fetch_from('Sam', :'cursor'))), E'\nframe - {"type":"heartbeat",[^\n]*}\n$', 'so does the first page');
SELECT doesnt_match(fetch_from('Sam', :'cursor'), 'heartbeat', 'not before');
SELECT doesnt_match(fetch_from('Sam', go_on(fetch_from('Sam', go_on(fetch_from('Sam', :'cursor'))))), 'heartbeat', 'and not again');

-- Refreshing
SELECT is(refresh('Sue', 'quota'), format(E'bookreq-bridge 1\nframe = {"type":"quota_update","quota":%s}\n', quota_json(id('Clara'), id('Sue'))), 'the quota');
SELECT is(refresh('Sue', 'state'), replace(refresh('Sue', 'quota'), 'frame = ', 'frame - '), 'the quota without a cursor');
SELECT is(refresh('Tess', 'pending'), format(E'bookreq-bridge 1\nframe = {"type":"pending_count_update","pending_count":%s}\n', pending_count(id('Clara'))), 'the pending count');
SELECT is(refresh('Sue', 'pending'), E'bookreq-bridge 1\n', 'which is none of a subscriber''s business');
SELECT is(bookreq_api.ready(), 'ok', 'ready');

SELECT * FROM finish();
ROLLBACK;
