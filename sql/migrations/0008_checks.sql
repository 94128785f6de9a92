-- Whose bridges were told something that is no event and stands in no row of theirs; user_id null: those of everybody of the creator.
CREATE TABLE bookreq.checks (
	creator_id	bigint NOT NULL,
	id		bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
	user_id		bigint,
	at		timestamptz NOT NULL DEFAULT clock_timestamp(),
	PRIMARY KEY (creator_id, id),
	FOREIGN KEY (creator_id, user_id) REFERENCES bookreq.users (creator_id, id)
);
CREATE INDEX checks_at ON bookreq.checks (at);

-- It has other parameters now.
DROP FUNCTION IF EXISTS bookreq.check_message(bigint, bigint);
