-- Throttling. A place among the failures is reserved before a password is judged and given back when it was
-- right, so parallel attempts can not pass the limits. The address's advisory lock makes each step one.

CREATE OR REPLACE FUNCTION bookreq.lock_address(p_address text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_advisory_xact_lock(hashtextextended('bookreq login ' || p_address, 0));
END $$;

-- p_accounts: what the attempt counts for, beside the address.
CREATE OR REPLACE FUNCTION bookreq.reserve_attempt(p_address text, p_accounts text[]) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	v_window	interval := '15 minutes';
	v_until		timestamptz;
	v_id		bigint;
BEGIN
	PERFORM lock_address(p_address);
	SELECT max(until) INTO v_until FROM (
		SELECT (array_agg(at ORDER BY at DESC))[100] + v_window AS until
		FROM login_attempts WHERE address = p_address AND at > clock_timestamp() - v_window
		UNION ALL
		SELECT (array_agg(l.at ORDER BY l.at DESC))[10] + v_window
		FROM login_attempts l CROSS JOIN unnest(l.accounts) a (account)
		WHERE l.address = p_address AND l.at > clock_timestamp() - v_window AND a.account = ANY (p_accounts)
		GROUP BY a.account) t;
	IF v_until IS NOT NULL THEN
		PERFORM refuse('too_many_attempts', 'Too many failed attempts; please try again later.',
			('{"retry_after":' || greatest(1, ceil(extract(epoch FROM v_until - clock_timestamp()))::int) || '}')::json);
	END IF;
	INSERT INTO login_attempts (address, accounts) VALUES (p_address, p_accounts) RETURNING id INTO v_id;
	RETURN v_id;
END $$;

-- The password was right: the attempt was no failure, and the account's earlier ones at that address no
-- longer count for the account, though still for the address. False without such an attempt.
CREATE OR REPLACE FUNCTION bookreq.clear_attempt(p_attempt bigint, p_user bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
	v_address	text;
BEGIN
	SELECT address INTO v_address FROM login_attempts WHERE id = p_attempt AND p_user::text = ANY (accounts);
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	PERFORM lock_address(v_address);
	DELETE FROM login_attempts WHERE id = p_attempt;
	UPDATE login_attempts SET accounts = array_remove(accounts, p_user::text)
	WHERE address = v_address AND at > clock_timestamp() - interval '15 minutes' AND p_user::text = ANY (accounts);
	RETURN true;
END $$;
