-- Run once by a superuser, in any database of the cluster, before the first bookreqctl migrate:
--
--	psql -f roles.sql && createdb --owner bookreq_owner --encoding UTF8 --template template0 bookreq
--
-- bookreq_owner owns the tables and functions and is who bookreqctl connects as; bookreq_app is who the workers
-- connect as and may only call the functions of bookreq_api. Give them passwords, or let pg_hba.conf map the
-- system's users to them.

CREATE ROLE bookreq_owner LOGIN;
CREATE ROLE bookreq_app LOGIN;

-- An answer of 2xx is durable, and a worker never waits for long.
ALTER ROLE bookreq_app SET synchronous_commit = on;
ALTER ROLE bookreq_app SET statement_timeout = '5s';
ALTER ROLE bookreq_app SET lock_timeout = '4s';
ALTER ROLE bookreq_app SET idle_in_transaction_session_timeout = '10s';
ALTER ROLE bookreq_app SET jit = off;
