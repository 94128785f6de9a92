-- ISO 8601 in UTC with all six digits: PostgreSQL's own JSON output drops trailing zeros.
CREATE OR REPLACE FUNCTION bookreq.iso(timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
	SELECT to_char($1 AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')
$$;

CREATE OR REPLACE FUNCTION bookreq.month_of(timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
	SELECT to_char($1 AT TIME ZONE 'UTC', 'YYYY-MM')
$$;
