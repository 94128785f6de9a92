-- The data model. The tenant, creator_id, comes first in every primary key and is carried by every
-- foreign key: no row can refer to another creator's.
--
-- CHECK constraints and generated columns are parsed anew by every statement that writes their table; in the tables
-- that each request writes, types and domains, which are not, say the same for a fraction of the time.
--
-- Primary keys are added after the other indexes of their table: on tables that are still empty the planner finds
-- all indexes that begin with creator_id equally good, takes the youngest, and the workers keep that plan for long.

DO $$
BEGIN
	IF current_setting('server_encoding') <> 'UTF8' THEN
		RAISE EXCEPTION 'The database''s encoding is %; bookreq needs UTF8.',
			current_setting('server_encoding');
	END IF;
END $$;

CREATE SCHEMA bookreq;		-- tables, types and inner functions
CREATE SCHEMA bookreq_api;	-- what the application's role may call
CREATE SCHEMA bookreq_ctl;	-- what bookreqctl calls as the owner

-- Case is folded by ICU, so that the answer does not depend on the database's locale.
CREATE FUNCTION bookreq.caseless(text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT lower($1 COLLATE "und-x-icu")
$$;

CREATE DOMAIN bookreq.text300 AS text CHECK (char_length(VALUE) BETWEEN 1 AND 300);
CREATE DOMAIN bookreq.text500 AS text CHECK (char_length(VALUE) BETWEEN 1 AND 500);
CREATE DOMAIN bookreq.text2000 AS text CHECK (char_length(VALUE) BETWEEN 1 AND 2000);
CREATE DOMAIN bookreq.text5000 AS text CHECK (char_length(VALUE) BETWEEN 1 AND 5000);
CREATE DOMAIN bookreq.month AS text CHECK (VALUE ~ '^[0-9]{4}-(0[1-9]|1[0-2])$');
CREATE DOMAIN bookreq.counter AS int CHECK (VALUE >= 0);
CREATE TYPE bookreq.request_status AS ENUM ('pending', 'approved', 'rejected', 'fulfilled');
CREATE TYPE bookreq.ledger_reason AS ENUM ('charge', 'refund', 'recharge');
CREATE TYPE bookreq.notification_kind AS ENUM
	('request_responded', 'request_accepted', 'request_fulfilled', 'reply_received');
CREATE TYPE bookreq.activity AS ENUM ('created', 'responded', 'accepted', 'fulfilled', 'replied', 'settings_changed',
	'team_added', 'team_removed', 'user_activated', 'user_deactivated');

CREATE TABLE bookreq.meta (
	id		int PRIMARY KEY DEFAULT 1 CHECK (id = 1),
	epoch		text NOT NULL CHECK (epoch ~ '^[0-9a-f]{16}$'),
	schema_version	int NOT NULL
);
INSERT INTO bookreq.meta (epoch, schema_version)
VALUES (left(replace(gen_random_uuid()::text, '-', ''), 16), 1);

-- People and tiers ----------------------------------------------------------------------------

CREATE SEQUENCE bookreq.users_id_seq;

CREATE TABLE bookreq.users (
	creator_id	bigint NOT NULL,
	id		bigint NOT NULL DEFAULT nextval('bookreq.users_id_seq') CHECK (id > 0),
	username	text NOT NULL CHECK (username = btrim(username)
				AND char_length(username) BETWEEN 1 AND 200 AND username !~ '[[:cntrl:]]'),
	email		text CHECK (char_length(email) BETWEEN 3 AND 320 AND email !~ '[[:cntrl:][:space:]]'),
	password_hash	text,			-- null: can not log in
	is_creator	boolean NOT NULL DEFAULT false,
	is_team		boolean NOT NULL DEFAULT false,
	is_active	boolean NOT NULL DEFAULT true,
	tier_id		bigint,
	allowance	int CHECK (allowance BETWEEN 0 AND 100000),	-- overrides the tier's
	created_at	timestamptz NOT NULL DEFAULT clock_timestamp(),

	-- The stream of the user's events is a chain of memberships (docs/design.md, decision 4).
	membership	int NOT NULL DEFAULT 1,
	feed_from	bigint NOT NULL DEFAULT 0,	-- the last number before this membership
	feed_prev_from	bigint,				-- the same two ends of the membership before,
	feed_prev_until	bigint,				-- in the other audience

	CHECK (is_creator = (id = creator_id)),
	CHECK (NOT (is_creator AND is_team)),
	CHECK (CASE WHEN membership = 1 THEN feed_prev_from IS NULL AND feed_prev_until IS NULL
		ELSE feed_prev_from IS NOT NULL AND feed_prev_until >= feed_prev_from END)
);
CREATE UNIQUE INDEX users_username ON bookreq.users (bookreq.caseless(username));
CREATE UNIQUE INDEX users_email ON bookreq.users (creator_id, bookreq.caseless(email));
CREATE INDEX users_email_login ON bookreq.users (bookreq.caseless(email));
CREATE INDEX users_tier ON bookreq.users (creator_id, tier_id);
CREATE INDEX users_team ON bookreq.users (creator_id, id) WHERE is_team;
ALTER TABLE bookreq.users ADD PRIMARY KEY (creator_id, id),
	ADD FOREIGN KEY (creator_id, creator_id) REFERENCES bookreq.users (creator_id, id);

CREATE TABLE bookreq.campaign_tiers (
	creator_id	bigint NOT NULL,
	id		bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
	title		text NOT NULL CHECK (title = btrim(title) AND char_length(title) BETWEEN 1 AND 200),
	book_requests_allowed			int NOT NULL CHECK (book_requests_allowed BETWEEN 0 AND 100000),
	chapters_allowed_per_book_request	int NOT NULL
				CHECK (chapters_allowed_per_book_request BETWEEN 0 AND 100000),
	UNIQUE (creator_id, title),
	FOREIGN KEY (creator_id, creator_id) REFERENCES bookreq.users (creator_id, id)
);
ALTER TABLE bookreq.campaign_tiers ADD PRIMARY KEY (creator_id, id);
ALTER TABLE bookreq.users
	ADD FOREIGN KEY (creator_id, tier_id) REFERENCES bookreq.campaign_tiers (creator_id, id);

CREATE TABLE bookreq.sessions (
	creator_id	bigint NOT NULL,
	token_hash	bytea NOT NULL CHECK (octet_length(token_hash) = 32),
	user_id		bigint NOT NULL,
	kind		text NOT NULL CHECK (kind IN ('login', 'token')),
	created_at	timestamptz NOT NULL DEFAULT clock_timestamp(),
	expires_at	timestamptz NOT NULL,
	FOREIGN KEY (creator_id, user_id) REFERENCES bookreq.users (creator_id, id)
);
CREATE INDEX sessions_user ON bookreq.sessions (creator_id, user_id);
CREATE INDEX sessions_expires ON bookreq.sessions (expires_at);
ALTER TABLE bookreq.sessions ADD PRIMARY KEY (creator_id, token_hash);

-- No tenant: whoever tries has not said yet whose user he is. An attempt is a failure until it succeeds.
CREATE TABLE bookreq.login_attempts (
	id		bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
	address		text NOT NULL,
	accounts	text[] NOT NULL,	-- users' ids that the name may have meant, or 'name:' and the name
	at		timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX login_attempts_address ON bookreq.login_attempts (address, at);
CREATE INDEX login_attempts_at ON bookreq.login_attempts (at);

-- Book requests and quota ---------------------------------------------------------------------

-- No upper limit: an admin may charge again what he rejected before, even past the limit.
CREATE TABLE bookreq.quota_usage (
	creator_id	bigint NOT NULL,
	user_id		bigint NOT NULL,
	month_year	bookreq.month NOT NULL,
	used		bookreq.counter NOT NULL,
	PRIMARY KEY (creator_id, user_id, month_year),
	FOREIGN KEY (creator_id, user_id) REFERENCES bookreq.users (creator_id, id)
) WITH (fillfactor = 50);

CREATE TABLE bookreq.book_requests (
	creator_id	bigint NOT NULL,
	id		bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
	user_id		bigint NOT NULL,
	title		bookreq.text500 NOT NULL,
	author		bookreq.text300 NOT NULL,
	link		bookreq.text2000,
	description	bookreq.text5000,
	status		bookreq.request_status NOT NULL DEFAULT 'pending',
	created_at	timestamptz NOT NULL,
	updated_at	timestamptz NOT NULL,
	responded_by_id	bigint,
	response_message bookreq.text5000,
	response_date	timestamptz,
	month_year	bookreq.month NOT NULL,
	accepted_by_id	bigint,
	accepted_at	timestamptz,
	user_reply	bookreq.text5000,
	version		int NOT NULL DEFAULT 1,
	duplicate_key	uuid NOT NULL,		-- duplicate_key(title, author)
	search_text	text NOT NULL,		-- title, author and user name, caseless, a line each
	FOREIGN KEY (creator_id, user_id, month_year) REFERENCES bookreq.quota_usage (creator_id, user_id, month_year),
	FOREIGN KEY (creator_id, responded_by_id) REFERENCES bookreq.users (creator_id, id),
	FOREIGN KEY (creator_id, accepted_by_id) REFERENCES bookreq.users (creator_id, id),
	CHECK ((responded_by_id IS NOT NULL OR (status = 'pending' AND response_message IS NULL AND user_reply IS NULL))
		AND (responded_by_id IS NULL) = (response_date IS NULL)
		AND (accepted_by_id IS NULL) = (accepted_at IS NULL))
) WITH (fillfactor = 80);
CREATE INDEX book_requests_user ON bookreq.book_requests (creator_id, user_id, id);
CREATE INDEX book_requests_status ON bookreq.book_requests (creator_id, status, id);
CREATE INDEX book_requests_month ON bookreq.book_requests (creator_id, month_year, id);
-- Not unique: allow_duplicate lets the same book be asked for again.
CREATE INDEX book_requests_open ON bookreq.book_requests (creator_id, user_id, duplicate_key)
	WHERE status IN ('pending', 'approved');
ALTER TABLE bookreq.book_requests ADD PRIMARY KEY (creator_id, id);

CREATE TABLE bookreq.quota_ledger (
	creator_id	bigint NOT NULL,
	id		bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
	user_id		bigint NOT NULL,
	month_year	bookreq.month NOT NULL,
	at		timestamptz NOT NULL,
	amount		int NOT NULL,
	reason		bookreq.ledger_reason NOT NULL,
	book_request_id	bigint NOT NULL,
	actor_id	bigint NOT NULL,
	PRIMARY KEY (creator_id, id),
	FOREIGN KEY (creator_id, book_request_id) REFERENCES bookreq.book_requests (creator_id, id),
	CHECK (amount = CASE reason WHEN 'refund' THEN -1 ELSE 1 END)
);
CREATE INDEX quota_ledger_month ON bookreq.quota_ledger (creator_id, user_id, month_year, id);

-- Audiences and what they are told --------------------------------------------------------------

-- user_id 0: the admins of the creator. The row's lock gives the numbers of events their order, and
-- is_admin tells under it whether what concerns the user belongs to the admins' audience instead.
CREATE TABLE bookreq.audiences (
	creator_id	bigint NOT NULL,
	user_id		bigint NOT NULL,
	is_admin	boolean NOT NULL,
	last_seq	bigint NOT NULL DEFAULT 0,
	min_seq		bigint NOT NULL DEFAULT 1,	-- the oldest number that is kept
	pending_count	bookreq.counter NOT NULL DEFAULT 0,	-- of the creator's requests: with the admins' audience
	approved_count	bookreq.counter NOT NULL DEFAULT 0,
	rejected_count	bookreq.counter NOT NULL DEFAULT 0,
	fulfilled_count	bookreq.counter NOT NULL DEFAULT 0,
	unread_count	bookreq.counter NOT NULL DEFAULT 0,
	PRIMARY KEY (creator_id, user_id),
	FOREIGN KEY (creator_id, creator_id) REFERENCES bookreq.users (creator_id, id)
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
	autovacuum_vacuum_cost_delay = 0);
-- Made by the trigger below: no user is without.
ALTER TABLE bookreq.users ADD FOREIGN KEY (creator_id, id) REFERENCES bookreq.audiences (creator_id, user_id)
	DEFERRABLE INITIALLY DEFERRED;

-- No foreign key to audiences: a number comes only from the row that is locked for it, and four checks of
-- that for every request would cost more than the inserts.
CREATE TABLE bookreq.events (
	creator_id	bigint NOT NULL,
	audience	bigint NOT NULL,	-- audiences.user_id
	seq		bigint NOT NULL,
	to_user		bigint NOT NULL DEFAULT 0,	-- 0: everybody in the audience
	frame		text NOT NULL,		-- JSON in one line, without the cursor
	created_at	timestamptz NOT NULL DEFAULT clock_timestamp(),
	PRIMARY KEY (creator_id, audience, seq)
) WITH (autovacuum_vacuum_insert_scale_factor = 0.05);
CREATE INDEX events_created ON bookreq.events USING brin (created_at)
	WITH (pages_per_range = 16, autosummarize = on);

CREATE TABLE bookreq.notifications (
	creator_id	bigint NOT NULL,
	id		bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
	user_id		bigint NOT NULL,
	kind		bookreq.notification_kind NOT NULL,
	message		text NOT NULL,
	book_request_id	bigint NOT NULL,
	created_at	timestamptz NOT NULL,
	read_at		timestamptz,
	PRIMARY KEY (creator_id, id),
	FOREIGN KEY (creator_id, user_id) REFERENCES bookreq.users (creator_id, id),
	FOREIGN KEY (creator_id, book_request_id) REFERENCES bookreq.book_requests (creator_id, id)
) WITH (fillfactor = 90);
CREATE INDEX notifications_user ON bookreq.notifications (creator_id, user_id, id);
CREATE INDEX notifications_unread ON bookreq.notifications (creator_id, user_id, id) WHERE read_at IS NULL;

CREATE TABLE bookreq.activity_log (
	creator_id	bigint NOT NULL,
	id		bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
	at		timestamptz NOT NULL,
	actor_id	bigint NOT NULL,
	action		bookreq.activity NOT NULL,
	book_request_id	bigint,
	details		json,
	PRIMARY KEY (creator_id, id),
	FOREIGN KEY (creator_id, book_request_id) REFERENCES bookreq.book_requests (creator_id, id)
);

CREATE TABLE bookreq.idempotency_keys (
	creator_id	bigint NOT NULL,
	user_id		bigint NOT NULL,
	key		text NOT NULL CHECK (char_length(key) BETWEEN 1 AND 255),
	request		bytea NOT NULL CHECK (octet_length(request) = 32),
	status		int CHECK (status BETWEEN 200 AND 299),	-- null only inside the first transaction
	body		text,
	created_at	timestamptz NOT NULL,
	PRIMARY KEY (creator_id, user_id, key),
	FOREIGN KEY (creator_id, user_id) REFERENCES bookreq.users (creator_id, id)
) WITH (fillfactor = 70);
CREATE INDEX idempotency_keys_created ON bookreq.idempotency_keys (created_at);

-- Every user has an audience from the beginning; is_admin follows the user's flags.
CREATE FUNCTION bookreq.users_audience() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'INSERT' THEN
		INSERT INTO bookreq.audiences (creator_id, user_id, is_admin)
		VALUES (NEW.creator_id, NEW.id, NEW.is_creator OR NEW.is_team);
		IF NEW.is_creator THEN
			INSERT INTO bookreq.audiences (creator_id, user_id, is_admin)
			VALUES (NEW.creator_id, 0, true);
		END IF;
	ELSE
		UPDATE bookreq.audiences SET is_admin = NEW.is_creator OR NEW.is_team
		WHERE creator_id = NEW.creator_id AND user_id = NEW.id;
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER users_audience AFTER INSERT OR UPDATE OF is_creator, is_team ON bookreq.users
	FOR EACH ROW EXECUTE FUNCTION bookreq.users_audience();

-- Shapes ------------------------------------------------------------------------------------------
-- row_to_json() of these is what clients see: the names and their order are those of the API.

CREATE TYPE bookreq.person AS (id bigint, username text);

CREATE TYPE bookreq.tier_name AS (id bigint, title text);

CREATE TYPE bookreq.user_object AS (
	id bigint, username text, email text, is_creator boolean, is_team boolean, created_by bigint,
	tier bookreq.tier_name);

CREATE TYPE bookreq.quota_object AS (
	requests_allowed int, requests_used int, requests_remaining int, current_month text,
	chapters_allowed_per_book_request int);

CREATE TYPE bookreq.request_object AS (
	id bigint, user_id bigint, "user" bookreq.person, title text, author text, link text, description text,
	status text, created_at text, updated_at text, responded_by_id bigint, response_message text,
	response_date text, month_year text, accepted_by_id bigint, accepted_at text, user_reply text,
	responder bookreq.person, version int);

CREATE TYPE bookreq.ledger_object AS (
	at text, amount int, reason text, book_request_id bigint, actor bookreq.person);

CREATE TYPE bookreq.notification_object AS (
	id bigint, kind text, message text, book_request_id bigint, created_at text, read_at text);

CREATE TYPE bookreq.tier_object AS (
	id bigint, title text, book_requests_allowed int, chapters_allowed_per_book_request int, users bigint);

CREATE TYPE bookreq.team_object AS (id bigint, username text, is_creator boolean, is_active boolean);

CREATE TYPE bookreq.counts_object AS (pending int, approved int, rejected int, fulfilled int);

CREATE TYPE bookreq.activity_object AS (
	id bigint, at text, actor bookreq.person, action text, book_request_id bigint, details json);

-- Results of functions ----------------------------------------------------------------------------

-- publish alternates channel (without the prefix) and message.
CREATE TYPE bookreq.answer AS (status int, body text, replayed boolean, publish text[]);

-- What bookreqctl gets.
CREATE TYPE bookreq_ctl.answer AS (body json, publish text[]);

-- Who calls, as authenticate() found out; allowed and chapters are the limits in force.
CREATE TYPE bookreq.caller AS (
	creator_id bigint, user_id bigint, username text, email text, is_creator boolean, is_team boolean,
	is_admin boolean, tier_id bigint, tier_title text, allowed int, chapters int,
	membership int, feed_from bigint, feed_prev_from bigint, feed_prev_until bigint, epoch text);

-- Whose password is to be judged; user_id is null for an unknown name.
CREATE TYPE bookreq.login_candidate AS (
	attempt bigint, creator_id bigint, user_id bigint, password_hash text);

-- What read_feed() found after a cursor. state: ok, epoch (of another database incarnation) or lost.
CREATE TYPE bookreq.feed_page AS (
	state text, membership int, audience bigint, "position" bigint, last bigint,
	cursors text[], frames text[]);
