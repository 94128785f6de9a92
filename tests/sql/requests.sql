\ir fixture.psql
SELECT plan(55);

-- Asking
SELECT * FROM bookreq_api.create_request(id('Clara'), token('Sam'), NULL, 'any', NULL, NULL,
	'The “Title”', E'An\tAuthor', 'https://example.org/', E'two\nlines', false) \gset a_
SELECT is(:a_status, 201, 'created');
SELECT is(:'a_body', format('{"book_request":{"id":%s,"user_id":%s,"user":{"id":%2$s,"username":"Sam"},"title":"The “Title”","author":"An\tAuthor",'
	|| '"link":"https://example.org/","description":"two\nlines","status":"pending","created_at":"%3$s","updated_at":"%3$s","responded_by_id":null,'
	|| '"response_message":null,"response_date":null,"month_year":"%4$s","accepted_by_id":null,"accepted_at":null,"user_reply":null,"responder":null,"version":1},'
	|| '"quota":{"requests_allowed":5,"requests_used":1,"requests_remaining":4,"current_month":"%4$s","chapters_allowed_per_book_request":10}}',
	id, id('Sam'), to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), this_month())::text, 'the request and the quota') FROM book_requests;
SELECT results_eq('SELECT user_id, month_year::text, amount, reason::text, actor_id FROM quota_ledger',
	$$ SELECT id('Sam'), this_month(), 1, 'charge', id('Sam') $$, 'the charge is in the ledger');
SELECT results_eq('SELECT actor_id, action::text, book_request_id FROM activity_log', $$ SELECT id('Sam'), 'created', max(id) FROM book_requests $$,
	'the activity is logged');
SELECT is(iso('2025-11-05 10:00:00+02'), '2025-11-05T08:00:00.000000+00:00', 'times are UTC with all digits');
SELECT is(month_of('2025-11-01 01:00:00+02'), '2025-10', 'months are those of UTC');

-- Duplicates
SELECT throws_ok($$ SELECT ask('Sam', E' the\n\t“TITLE” ', 'an  AUTHOR') $$, 'BR406', NULL, 'the same book in other letters and spaces');
SELECT lives_ok($$ SELECT ask('Sam', 'The “Title”', 'Another') $$, 'another author');
SELECT lives_ok($$ SELECT ask('Sue', 'The “Title”', 'An Author') $$, 'another user');
SELECT lives_ok($$ SELECT ask('Sam', 'The “Title”', 'An Author', true) $$, 'allowed by allow_duplicate');
SELECT is((SELECT used FROM quota_usage WHERE user_id = id('Sam'))::int, 3, 'a refused one is not charged');
SELECT lives_ok($$ SELECT respond('Clara', id, 'approved') FROM book_requests WHERE user_id = id('Sam') $$, 'approved ones …');
SELECT throws_ok($$ SELECT ask('Sam', 'The “Title”', 'An Author') $$, 'BR406', NULL, '… are open');
SELECT lives_ok($$ SELECT respond('Clara', id, 'fulfilled') FROM book_requests WHERE user_id = id('Sam') $$, 'fulfilled ones …');
SELECT lives_ok($$ SELECT ask('Sam', 'The “Title”', 'An Author') $$, '… are not');

-- Quota
SELECT lives_ok($$ SELECT ask('Sam', 'The fifth') $$, 'the last one');
SELECT is(quota_of('Sam'), jsonb_build_object('requests_allowed', 5, 'requests_used', 5, 'requests_remaining', 0,
	'current_month', this_month(), 'chapters_allowed_per_book_request', 10), 'nothing remains');
SELECT throws_ok($$ SELECT ask('Sam', 'One more') $$, 'BR203', NULL, 'one too many');
SELECT throws_ok($$ SELECT ask('Sam', 'The fifth') $$, 'BR406', NULL, 'a duplicate is judged before the quota');
SELECT throws_ok($$ SELECT ask('Nils', 'A book') $$, 'BR203', NULL, 'without a tier nothing is allowed');
SELECT throws_ok($$ SELECT ask('Clara', 'A book') $$, 'BR203', NULL, 'nor is it to a creator without an allowance');
SELECT is((SELECT body FROM bookreq_api.quota(id('Clara'), token('Nils'), NULL, 'any')), format('{"requests_allowed":0,"requests_used":0,'
	|| '"requests_remaining":0,"current_month":"%s","chapters_allowed_per_book_request":0}', this_month()), 'the quota object');
SELECT bookreq_ctl.user_set('Sam', NULL, false, 6, true, NULL, false) \g /dev/null
SELECT lives_ok($$ SELECT ask('Sam', 'One more') $$, 'an own allowance overrides the tier''s');
SELECT bookreq_ctl.user_set('Sam', NULL, false, 2, true, NULL, false) \g /dev/null
SELECT is(quota_of('Sam')->>'requests_remaining', '0', 'what remains is never negative');
SELECT throws_ok($$ SELECT ask('Sam', 'One more than allowed now') $$, 'BR203', NULL, 'a lowered allowance counts at once');
SELECT bookreq_ctl.user_set('Sam', NULL, false, NULL, true, NULL, false) \g /dev/null
SELECT is((SELECT used FROM quota_usage WHERE user_id = id('Sam'))::int, (SELECT sum(amount)::int FROM quota_ledger WHERE user_id = id('Sam')),
	'the ledger''s sum is what is used');

-- The ledger
SELECT respond('Tess', max(id), 'rejected') FROM book_requests WHERE user_id = id('Sue') \g /dev/null
SELECT is((SELECT body::jsonb->'entries' FROM bookreq_api.quota_ledger(id('Clara'), token('Sue'), NULL, 'any', NULL)),
	(SELECT jsonb_agg(jsonb_build_object('at', iso(at), 'amount', amount, 'reason', reason, 'book_request_id', book_request_id,
		'actor', jsonb_build_object('id', u.id, 'username', username)) ORDER BY l.id DESC)
	FROM quota_ledger l JOIN users u ON u.id = actor_id WHERE user_id = id('Sue')), 'the statement, newest first');
SELECT matches((SELECT body FROM bookreq_api.quota_ledger(id('Clara'), token('Sue'), NULL, 'any', NULL)),
	'^\{"entries":\[\{"at":"[^"]+","amount":-1,"reason":"refund","book_request_id":\d+,"actor":\{"id":\d+,"username":"Tess"\}\},'
	|| '\{"at":"[^"]+","amount":1,"reason":"charge",.*\}\],"quota":\{"requests_allowed":5,"requests_used":0,.*\}\}$', 'in the promised order');
SELECT is((SELECT body::jsonb->'entries' FROM bookreq_api.quota_ledger(id('Clara'), token('Sue'), NULL, 'any', '2001-01')), '[]', 'another month''s statement');
SELECT is((SELECT body::jsonb->'entries' FROM bookreq_api.quota_ledger(id('Dora'), token('Dan'), NULL, 'any', NULL)), '[]', 'another user''s');

-- Looking at one
SELECT request('Sue') AS sue \gset
SELECT is((SELECT body::jsonb FROM bookreq_api.get_request(id('Clara'), token('Sue'), NULL, 'any', :sue)), jsonb_build_object('book_request', request_json(r)::jsonb),
	'the owner sees it') FROM book_requests r WHERE id = :sue;
SELECT lives_ok(format($$ SELECT bookreq_api.get_request(id('Clara'), token('Tess'), NULL, 'any', %s) $$, :sue), 'an admin sees it');
SELECT throws_ok(format($$ SELECT bookreq_api.get_request(id('Clara'), token('Sam'), NULL, 'any', %s) $$, :sue), 'BR301', NULL, 'another subscriber does not');
SELECT throws_ok(format($$ SELECT bookreq_api.get_request(id('Dora'), token('Dora'), NULL, 'any', %s) $$, :sue), 'BR301', NULL, 'another creator does not');
SELECT throws_ok($$ SELECT bookreq_api.get_request(id('Clara'), token('Clara'), NULL, 'any', 0) $$, 'BR301', NULL, 'what is not there nobody sees');

-- The own list
CREATE FUNCTION list(p_name text, p_status text DEFAULT NULL, p_month text DEFAULT NULL, p_limit int DEFAULT NULL, p_before bigint DEFAULT NULL)
RETURNS jsonb LANGUAGE sql AS $$
	SELECT body::jsonb FROM bookreq_api.list_requests(tenant(p_name), token(p_name), NULL, 'any', p_status, p_month, p_limit, p_before)
$$;
CREATE FUNCTION ids(p_list jsonb) RETURNS bigint[] LANGUAGE sql AS $$
	SELECT coalesce(array_agg((r->>'id')::bigint ORDER BY n), '{}') FROM jsonb_array_elements(p_list->'book_requests') WITH ORDINALITY t (r, n)
$$;
SELECT is(ids(list('Sam')), (SELECT array_agg(id ORDER BY id DESC) FROM book_requests WHERE user_id = id('Sam')), 'one''s own, newest first');
SELECT is(list('Sam')->'quota', quota_of('Sam'), 'with the quota');
SELECT is(list('Sam')->'next', 'null', 'and no further page');
SELECT is(ids(list('Sam', 'fulfilled')), (SELECT array_agg(id ORDER BY id DESC) FROM book_requests WHERE user_id = id('Sam') AND status = 'fulfilled'), 'by status');
SELECT is(ids(list('Sam', NULL, '2001-01')), '{}', 'by month');
SELECT is(ids(list('Sam', NULL, NULL, 2)), (ids(list('Sam')))[1:2], 'a page of two');
SELECT is(ids(list('Sam', NULL, NULL, 2, (list('Sam', NULL, NULL, 2)->>'next')::bigint)), (ids(list('Sam')))[3:4], 'the next page');
SELECT is(list('Sam', NULL, NULL, cardinality(ids(list('Sam'))))->'next', 'null', 'a full last page is the last');
SELECT is((SELECT body FROM bookreq_api.list_requests(id('Dora'), token('Dan'), NULL, 'any', NULL, NULL, 10, NULL)), format('{"book_requests":[],"quota":'
	|| '{"requests_allowed":2,"requests_used":0,"requests_remaining":2,"current_month":"%s","chapters_allowed_per_book_request":3},"next":null}', this_month()),
	'an empty list');

-- The admins' list
CREATE FUNCTION admin_list(p_name text, p_status text DEFAULT NULL, p_user bigint DEFAULT NULL, p_month text DEFAULT NULL, p_q text DEFAULT NULL,
	p_limit int DEFAULT NULL, p_before bigint DEFAULT NULL)
RETURNS jsonb LANGUAGE sql AS $$
	SELECT body::jsonb FROM bookreq_api.list_admin_requests(tenant(p_name), token(p_name), NULL, 'admin', p_status, p_user, p_month, p_q, p_limit, p_before)
$$;
SELECT request('Dan', 'Dan’s 100% book') AS dan \gset
SELECT request('Tess', 'A_book of Tess') AS tess \gset
SELECT is(ids(admin_list('Clara')), (SELECT array_agg(id ORDER BY id DESC) FROM book_requests WHERE creator_id = id('Clara')), 'all of the creator''s');
SELECT is(admin_list('Tess') - 'book_requests', (SELECT jsonb_build_object('counts', jsonb_build_object('pending', count(*) FILTER (WHERE status = 'pending'),
	'approved', count(*) FILTER (WHERE status = 'approved'), 'rejected', count(*) FILTER (WHERE status = 'rejected'),
	'fulfilled', count(*) FILTER (WHERE status = 'fulfilled')), 'pending_count', count(*) FILTER (WHERE status = 'pending'),
	'total', count(*), 'next', null) FROM book_requests WHERE creator_id = id('Clara')), 'with the counts');
SELECT is(ids(admin_list('Dora')), ARRAY[:dan]::bigint[], 'and nobody else''s');
SELECT throws_ok($$ SELECT admin_list('Sam') $$, 'BR201', NULL, 'not for subscribers');
SELECT is(admin_list('Clara', 'rejected') - 'book_requests' - 'next', admin_list('Clara') - 'book_requests' - 'next'
	|| '{"total": 1}', 'the total is the filter''s, the counts are the creator''s');
SELECT is(ids(admin_list('Clara', NULL, id('Sue'))), (SELECT array_agg(id ORDER BY id DESC) FROM book_requests WHERE user_id = id('Sue')), 'by user');
SELECT is(ids(admin_list('Clara', NULL, id('Dan'))), '{}', 'by a user out of sight');
SELECT is(ids(admin_list('Clara', NULL, NULL, NULL, 'TESS')), ARRAY[:tess]::bigint[], 'by text in the title or the name, in any case');
SELECT is(ids(admin_list('Clara', NULL, NULL, NULL, '_')), ARRAY[:tess]::bigint[], 'an underscore is no wildcard');
SELECT is(ids(admin_list('Dora', NULL, NULL, NULL, '0%')), ARRAY[:dan]::bigint[], 'nor is a per cent sign');
SELECT is(ids(admin_list('Clara', p_limit => 3, p_before => :tess)), (ids(admin_list('Clara')))[2:4], 'a page of three');

SELECT * FROM finish();
ROLLBACK;
