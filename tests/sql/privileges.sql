\ir fixture.psql
SELECT plan(9);

CREATE ROLE bookreq_tap_app;
SET LOCAL bookreq.app_role = 'bookreq_tap_app';
\ir ../../sql/grants.sql

SELECT is_empty($$ SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
	WHERE n.nspname LIKE 'bookreq%' AND a.grantee = 0 $$, 'nobody else may call anything');
SELECT is_empty($$ SELECT p.oid::regprocedure FROM pg_proc p WHERE pronamespace = 'bookreq_api'::regnamespace
	AND NOT (prosecdef AND proconfig @> '{"search_path=bookreq, pg_temp",enable_seqscan=off}') $$, 'entry points run as the owner with a fixed search path, on indexes');
SELECT is_empty($$ SELECT p.oid::regprocedure FROM pg_proc p WHERE pronamespace <> 'bookreq_api'::regnamespace AND prosecdef AND pronamespace::regnamespace::text LIKE 'bookreq%' $$,
	'nothing else does');
SELECT is_empty($$ SELECT proname FROM pg_proc WHERE pronamespace IN ('bookreq'::regnamespace, 'bookreq_api'::regnamespace, 'bookreq_ctl'::regnamespace)
	GROUP BY proname, pronamespace HAVING count(*) > 1 $$, 'no name is overloaded');

SELECT id('Clara') AS clara \gset
SET LOCAL ROLE bookreq_tap_app;
SELECT throws_ok('SELECT FROM bookreq.users', '42501', NULL, 'the application reads no table');
SELECT throws_ok($$ SELECT bookreq.set_active(1, 1, true) $$, '42501', NULL, 'calls no inner function');
SELECT throws_ok($$ SELECT bookreq_ctl.creator_add('x', NULL, NULL) $$, '42501', NULL, 'nor the operator''s');
SELECT throws_ok('CREATE TABLE bookreq_api.x ()', '42501', NULL, 'creates nothing');
SELECT is((SELECT status FROM bookreq_api.authorize(:clara, sha256('Clara'), NULL, 'creator')), 204, 'but may call the entry points');

SELECT * FROM finish();
ROLLBACK;
