\ir fixture.psql
SELECT plan(19);

CREATE FUNCTION list(p_name text, p_unread boolean DEFAULT NULL, p_limit int DEFAULT NULL, p_before bigint DEFAULT NULL) RETURNS jsonb LANGUAGE sql AS $$
	SELECT body::jsonb FROM bookreq_api.list_notifications(tenant(p_name), token(p_name), NULL, 'any', p_unread, p_limit, p_before)
$$;
CREATE FUNCTION read(p_name text, p_ids bigint[], p_all boolean DEFAULT NULL, p_key text DEFAULT NULL) RETURNS bookreq.answer LANGUAGE sql AS $$
	SELECT * FROM bookreq_api.read_notifications(tenant(p_name), token(p_name), NULL, 'any', p_key, sha256('r'), p_ids, p_all)
$$;
CREATE FUNCTION ids(p_list jsonb) RETURNS bigint[] LANGUAGE sql AS $$
	SELECT coalesce(array_agg((m->>'id')::bigint ORDER BY n), '{}') FROM jsonb_array_elements(p_list->'notifications') WITH ORDINALITY t (m, n)
$$;

SELECT request('Sam') AS id \gset
SELECT accept('Tess', :id) \g /dev/null
SELECT respond('Tess', :id, 'approved') \g /dev/null
SELECT fulfill('Tess', :id) \g /dev/null
SELECT reply('Sam', :id, 'Thanks') \g /dev/null
SELECT array_agg(id ORDER BY id DESC) AS sams FROM notifications WHERE user_id = id('Sam') \gset

SELECT is((SELECT body FROM bookreq_api.list_notifications(id('Clara'), token('Tess'), NULL, 'any', NULL, NULL, NULL)), (SELECT format('{"notifications":[{"id":%s,"kind":"reply_received",'
	|| '"message":"Sam replied about “A book”.","book_request_id":%s,"created_at":"%s","read_at":null}],"unread_count":1,"next":null}', id, book_request_id, iso(created_at))
	FROM notifications WHERE user_id = id('Tess')), 'the responder''s');
SELECT is((SELECT array_agg(m->>'kind' ORDER BY n) FROM jsonb_array_elements(list('Sam')->'notifications') WITH ORDINALITY t (m, n)),
	ARRAY['request_fulfilled', 'request_responded', 'request_accepted'], 'the owner''s, newest first');
SELECT is(list('Sam') - 'notifications', '{"unread_count":3,"next":null}', 'none of them read');
SELECT is(list('Sue'), '{"notifications":[],"unread_count":0,"next":null}', 'nobody else''s');
SELECT is(ids(list('Sam', NULL, 2)), (:'sams'::bigint[])[1:2], 'a page');
SELECT is(ids(list('Sam', NULL, 2, (list('Sam', NULL, 2)->>'next')::bigint)), (:'sams'::bigint[])[3:3], 'the next');

SELECT is((SELECT format('%s %s %s', status, body, publish) FROM read('Sam', (:'sams'::bigint[])[2:2])), '200 {"unread_count":2} {}', 'one is read');
SELECT is(ids(list('Sam', true)), ARRAY[(:'sams'::bigint[])[1], (:'sams'::bigint[])[3]], 'the unread ones');
SELECT is(ids(list('Sam', false)), :'sams'::bigint[], 'all of them');
SELECT matches(list('Sam') #>> '{notifications,1,read_at}', '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$', 'when it was read');
SELECT is((SELECT body FROM read('Sam', (:'sams'::bigint[])[2:2])), '{"unread_count":2}', 'read again');
SELECT is((SELECT body FROM read('Sue', :'sams')), '{"unread_count":0}', 'somebody else''s are ignored');
SELECT is((SELECT body FROM read('Sam', '{}')), '{"unread_count":2}', 'no ids');
SELECT throws_ok($$ SELECT read('Sam', NULL) $$, 'BR501', NULL, 'neither ids nor all');
SELECT throws_ok($$ SELECT read('Sam', NULL, false) $$, 'BR501', NULL, 'all=false');
SELECT results_eq($$ SELECT body, replayed FROM read('Sam', NULL, true, 'k') UNION ALL SELECT body, replayed FROM read('Sam', NULL, true, 'k') $$,
	$$ VALUES ('{"unread_count":0}', false), ('{"unread_count":0}', true) $$, 'all, with a key once');
SELECT is(list('Tess')->'unread_count', '1', 'the responder''s stays');
SELECT is(respond('Tess', :id, 'approved') IS NOT NULL AND list('Sam')->'unread_count' = '1', true, 'the next one counts from there');
SELECT is((bookreq_ctl.doctor()).body->>'violations', '[]', 'counters agree');

SELECT * FROM finish();
ROLLBACK;
