\ir fixture.psql
SELECT plan(15);

CREATE FUNCTION figures(p_name text, p_months int DEFAULT 12) RETURNS jsonb LANGUAGE sql AS $$
	SELECT body::jsonb FROM bookreq_api.figures(tenant(p_name), token(p_name), NULL, 'admin', p_months)
$$;
CREATE FUNCTION people(p_name text, p_q text DEFAULT NULL, p_limit int DEFAULT NULL, p_before bigint DEFAULT NULL) RETURNS jsonb LANGUAGE sql AS $$
	SELECT body::jsonb FROM bookreq_api.list_users(tenant(p_name), token(p_name), NULL, 'admin', p_q, p_limit, p_before)
$$;
CREATE FUNCTION names(p_page jsonb) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(u->>'username', ', ' ORDER BY n) FROM jsonb_array_elements(p_page->'users') WITH ORDINALITY x (u, n)
$$;
-- A request of a past month that was answered so many hours later.
CREATE FUNCTION past(p_name text, p_months int, p_hours int, p_status text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	v_id	bigint := request(p_name);
	v_at	timestamptz := (date_trunc('month', now() AT TIME ZONE 'UTC') - make_interval(months => p_months)) AT TIME ZONE 'UTC';
BEGIN
	INSERT INTO quota_usage (creator_id, user_id, month_year, used) VALUES (tenant(p_name), id(p_name), month_of(v_at), 1) ON CONFLICT DO NOTHING;
	PERFORM respond('Clara', v_id, p_status);
	UPDATE book_requests SET created_at = v_at, response_date = v_at + make_interval(hours => p_hours), month_year = month_of(v_at) WHERE id = v_id;
END $$;
UPDATE campaign_tiers SET book_requests_allowed = 1000;

-- Figures
SELECT is(figures('Clara', 1), format('{"months":[{"month_year":"%s","pending":0,"approved":0,"rejected":0,"fulfilled":0,"median_answer_s":null}],"requests":0,"answered":0,"median_answer_s":null,"askers":[]}', this_month())::jsonb,
	'of nothing');
SELECT request('Sue'), request('Dan'), past('Sam', 1, 1, 'approved'), past('Sam', 1, 3, 'rejected'), past('Sam', 1, 100, 'fulfilled'), past('Sue', 2, 10, 'approved'),
	past('Sam', 13, 1000, 'approved') \g /dev/null
SELECT is(jsonb_array_length(figures('Tess')->'months'), 12, 'a year of months');
SELECT is(figures('Tess') #>> '{months,11,month_year}', this_month(), 'the present one is the last');
SELECT is((figures('Tess') #> '{months,11}') - 'month_year', '{"pending":1,"approved":0,"rejected":0,"fulfilled":0,"median_answer_s":null}', 'nothing of another creator''s');
SELECT is((figures('Tess') #> '{months,10}') - 'month_year', '{"pending":0,"approved":1,"rejected":1,"fulfilled":1,"median_answer_s":10800}', 'by status; the median');
SELECT is(figures('Tess') - 'months', format('{"requests":5,"answered":4,"median_answer_s":23400,"askers":[{"user":{"id":%s,"username":"Sam"},"requests":3},{"user":{"id":%s,"username":"Sue"},"requests":2}]}', id('Sam'), id('Sue'))::jsonb,
	'of all these months');
SELECT is(figures('Tess', 14) #>> '{months,0,approved}', '1', 'as far back as asked for');
SELECT throws_ok($$ SELECT figures('Sam') $$, 'BR201', NULL, 'not for subscribers');

-- People
SELECT is(names(people('Tess')), 'Tess, Nils, Sue, Sam, Clara', 'the newest first');
UPDATE users SET is_active = false, allowance = 3 WHERE username = 'Sue';
SELECT is(people('Tess', 'SU'), format('{"users":[{"id":%s,"username":"Sue","is_creator":false,"is_team":false,"is_active":false,"tier":{"id":%s,"title":"Gold"},"requests_allowed":3,"requests_used":2}],"next":null}',
	id('Sue'), (SELECT id FROM campaign_tiers WHERE title = 'Gold'))::jsonb, 'with all that is to be known');
SELECT is(people('Tess', 'nils') #> '{users,0,tier}', 'null', 'without a tier');
SELECT is(names(people('Tess', '%')), NULL, 'a sign is a sign');
SELECT is(names(people('Tess', 's', 2)), 'Tess, Nils', 'a page …');
SELECT is(names(people('Tess', 's', 2, (people('Tess', 's', 2)->>'next')::bigint)), 'Sue, Sam', '… and the next');
SELECT throws_ok($$ SELECT people('Sam') $$, 'BR201', NULL, 'not for subscribers');

SELECT * FROM finish();
ROLLBACK;
