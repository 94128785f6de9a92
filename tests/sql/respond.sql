\ir fixture.psql
SELECT plan(53);

CREATE FUNCTION used(p_name text) RETURNS int LANGUAGE sql AS $$
	SELECT (quota_of(p_name)->>'requests_used')::int
$$;
CREATE FUNCTION extra(p_sql text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	v_detail	text;
BEGIN
	EXECUTE p_sql;
	RETURN NULL;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS v_detail = PG_EXCEPTION_DETAIL;
	RETURN v_detail;
END $$;

-- Responding
SELECT request('Sam') AS id \gset
SELECT * FROM respond('Tess', :id, 'approved', 'With pleasure', 1) \gset a_
SELECT is(:a_status, 200, 'responded');
SELECT is(:'a_body'::text, format('{"book_request":%s,"refunded":false}', request_json(r)), 'the request and whether it was refunded') FROM book_requests r;
SELECT results_eq('SELECT status::text, responded_by_id, response_message::text, response_date = updated_at, response_date > created_at, version FROM book_requests',
	$$ SELECT 'approved', id('Tess'), 'With pleasure', true, true, 2 $$, 'what changed');
SELECT is(:'a_body'::jsonb #> '{book_request,responder}', jsonb_build_object('id', id('Tess'), 'username', 'Tess'), 'who responded');
SELECT results_eq($$ SELECT actor_id, book_request_id, details::text FROM activity_log WHERE action = 'responded' $$,
	format($$ SELECT id('Tess'), %s::bigint, '{"status":"approved","previous_status":"pending"}' $$, :id), 'the activity is logged');
SELECT results_eq('SELECT user_id, kind::text, book_request_id, message FROM notifications',
	format($$ SELECT id('Sam'), 'request_responded', %s::bigint, 'Your request for “A book” is approved.' $$, :id), 'the owner is notified');

SELECT throws_ok(format($$ SELECT respond('Tess', %s, 'rejected', NULL, 1) $$, :id), 'BR407', NULL, 'another admin was faster');
SELECT is(extra(format($$ SELECT respond('Tess', %s, 'rejected', NULL, 1) $$, :id)),
	(SELECT jsonb_build_object('book_request', request_json(r)::jsonb) FROM book_requests r), 'the refusal shows the request as it is');
SELECT lives_ok(format($$ SELECT respond('Tess', %s, 'approved') $$, :id), 'the same status again');
SELECT results_eq('SELECT response_message::text, version FROM book_requests', 'SELECT NULL::text, 3', '… is a change, and no message clears the old one');
SELECT lives_ok(format($$ SELECT respond('Tess', %s, 'pending', NULL, 3) $$, :id), 'any status may follow any other');
SELECT throws_ok(format($$ SELECT respond('Sam', %s, 'approved') $$, :id), 'BR201', NULL, 'a subscriber may not respond');
SELECT throws_ok(format($$ SELECT respond('Dora', %s, 'approved') $$, :id), 'BR301', NULL, 'another creator''s request');
SELECT throws_ok($$ SELECT respond('Clara', 0, 'approved') $$, 'BR301', NULL, 'no such request');

-- Refunds
SELECT is(used('Sam'), 1, 'charged');
SELECT is((SELECT body::jsonb->'refunded' FROM respond('Tess', :id, 'rejected')), 'true', 'rejected: refunded');
SELECT is(used('Sam'), 0, 'given back');
SELECT is((SELECT body::jsonb->'refunded' FROM respond('Clara', :id, 'rejected')), 'false', 'rejected again: not refunded again');
SELECT is(used('Sam'), 0, 'once only');
SELECT is((SELECT body::jsonb->'refunded' FROM respond('Clara', :id, 'approved')), 'false', 'no longer rejected');
SELECT is(used('Sam'), 1, 'charged again');
SELECT results_eq('SELECT amount, reason::text, actor_id FROM quota_ledger ORDER BY id',
	$$ VALUES (1, 'charge', id('Sam')), (-1, 'refund', id('Tess')), (1, 'recharge', id('Clara')) $$, 'the ledger tells it');
SELECT respond('Tess', :id, 'rejected') \g /dev/null
SELECT request('Sam', 'Book ' || i) FROM generate_series(1, 5) i \g /dev/null
SELECT lives_ok(format($$ SELECT respond('Tess', %s, 'pending') $$, :id), 'an admin may charge again past the limit');
SELECT is(quota_of('Sam') - 'current_month', '{"requests_allowed":5,"requests_used":6,"requests_remaining":0,"chapters_allowed_per_book_request":10}', 'past the limit');

-- A request of another month
SELECT request('Sue') AS old \gset
INSERT INTO quota_usage (creator_id, user_id, month_year, used) VALUES (id('Clara'), id('Sue'), '2020-01', 1);
UPDATE book_requests SET month_year = '2020-01' WHERE id = :old;
UPDATE quota_ledger SET month_year = '2020-01' WHERE book_request_id = :old;
DELETE FROM quota_usage WHERE user_id = id('Sue') AND month_year <> '2020-01';
SELECT respond('Tess', :old, 'rejected') AS answer \gset
SELECT results_eq($$ SELECT month_year::text, used::int FROM quota_usage WHERE user_id = id('Sue') ORDER BY 1 $$, $$ VALUES ('2020-01', 0), (this_month(), 0) $$,
	'the month of the request gets it back');
SELECT is((SELECT frame->'quota' FROM published(:'answer') WHERE frame->>'type' = 'quota_update'), quota_of('Sue'), 'the quota told is the current month''s');

-- Accepting
SELECT request('Sue') AS id \gset
SELECT format('%s %s', status, body) AS answer FROM accept('Tess', :id) \gset
SELECT is(:'answer'::text, (SELECT format('200 {"book_request":%s}', request_json(r)) FROM book_requests r WHERE id = :id), 'accepted');
SELECT results_eq(format('SELECT accepted_by_id, accepted_at = updated_at, responded_by_id, status::text, version FROM book_requests WHERE id = %s', :id),
	$$ SELECT id('Tess'), true, NULL::bigint, 'pending', 2 $$, 'what changed');
SELECT throws_ok(format($$ SELECT accept('Clara', %s) $$, :id), 'BR401', NULL, 'a second time');
SELECT throws_ok(format($$ SELECT accept('Dora', %s) $$, :id), 'BR301', NULL, 'by another creator');
SELECT throws_ok(format($$ SELECT accept('Sue', %s) $$, :id), 'BR201', NULL, 'by the subscriber');
SELECT is((SELECT message FROM notifications WHERE book_request_id = :id AND kind = 'request_accepted'), 'Your request for “A book” was accepted.', 'the owner is notified');

-- Fulfilling
SELECT throws_ok(format($$ SELECT fulfill('Tess', %s) $$, :id), 'BR402', NULL, 'what is pending');
SELECT respond('Clara', :id, 'rejected') \g /dev/null
SELECT throws_ok(format($$ SELECT fulfill('Tess', %s) $$, :id), 'BR402', NULL, 'what is rejected');
SELECT respond('Clara', :id, 'approved', 'Soon') \g /dev/null
SELECT throws_ok(format($$ SELECT fulfill('Dora', %s) $$, :id), 'BR301', NULL, 'by another creator');
SELECT format('%s %s', status, body) AS answer FROM fulfill('Tess', :id) \gset
SELECT is(:'answer'::text, (SELECT format('200 {"book_request":%s}', request_json(r)) FROM book_requests r WHERE id = :id), 'fulfilled');
SELECT results_eq(format('SELECT status::text, responded_by_id, response_message::text, version FROM book_requests WHERE id = %s', :id),
	$$ SELECT 'fulfilled', id('Clara'), 'Soon', 5 $$, 'the responder stays');
SELECT throws_ok(format($$ SELECT fulfill('Tess', %s) $$, :id), 'BR402', NULL, 'what is fulfilled already');
SELECT is((SELECT kind::text FROM notifications WHERE book_request_id = :id ORDER BY id DESC LIMIT 1), 'request_fulfilled', 'the owner is notified');

-- Replying
SELECT request('Sue', 'Another') AS other \gset
SELECT throws_ok(format($$ SELECT reply('Sue', %s, 'Hello?') $$, :other), 'BR403', NULL, 'nobody has responded');
SELECT accept('Tess', :other) \g /dev/null
SELECT throws_ok(format($$ SELECT reply('Sue', %s, 'Hello?') $$, :other), 'BR403', NULL, 'accepting is no response');
SELECT respond('Tess', :other, 'rejected', 'No') \g /dev/null
SELECT throws_ok(format($$ SELECT reply('Sue', %s, 'Why?') $$, :other), 'BR404', NULL, 'what is rejected');
SELECT throws_ok(format($$ SELECT reply('Sam', %s, 'x') $$, :id), 'BR301', NULL, 'another subscriber does not see it');
SELECT throws_ok(format($$ SELECT reply('Tess', %s, 'x') $$, :id), 'BR202', NULL, 'an admin sees it, but it is not his');
SELECT throws_ok(format($$ SELECT reply('Dora', %s, 'x') $$, :id), 'BR301', NULL, 'another creator does not');
SELECT format('%s %s', status, body) AS answer FROM reply('Sue', :id, 'Thank you') \gset
SELECT is(:'answer'::text, (SELECT format('200 {"book_request":%s}', request_json(r)) FROM book_requests r WHERE id = :id), 'replied');
SELECT results_eq(format('SELECT user_reply::text, version FROM book_requests WHERE id = %s', :id), $$ SELECT 'Thank you', 6 $$, 'what changed');
SELECT throws_ok(format($$ SELECT reply('Sue', %s, 'Again') $$, :id), 'BR405', NULL, 'a second time');
SELECT respond('Clara', :id, 'rejected') \g /dev/null
SELECT throws_ok(format($$ SELECT reply('Sue', %s, 'Again') $$, :id), 'BR404', NULL, 'rejected is judged before replied');
SELECT results_eq($$ SELECT user_id, message FROM notifications WHERE kind = 'reply_received' $$, $$ SELECT id('Clara'), 'Sue replied about “A book”.' $$,
	'the responder is notified');
SELECT set_eq($$ SELECT DISTINCT action::text FROM activity_log $$, ARRAY['created', 'responded', 'accepted', 'fulfilled', 'replied'], 'everything is logged');
SELECT is((bookreq_ctl.doctor()).body->>'violations', '[]', 'all invariants hold');
UPDATE audiences SET approved_count = approved_count + 1 WHERE user_id = 0 AND creator_id = id('Clara');
SELECT matches((bookreq_ctl.doctor()).body #>> '{violations,0}', '^admins of creator \d+: \d+ approved, \d+ rejected, \d+ fulfilled requests counted, but there are', 'or are missed');

SELECT * FROM finish();
ROLLBACK;
