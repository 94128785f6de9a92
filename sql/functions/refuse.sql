-- Ends the transaction with a refusal: the SQLSTATE stands for the code (docs/design.md), p_detail is the
-- sentence for a person, the members of p_extra are added to the problem document. HINT is the
-- user, for the log: what authenticate() set is undone with the transaction.
CREATE OR REPLACE FUNCTION bookreq.refuse(p_code text, p_detail text, p_extra json DEFAULT NULL) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION USING
		ERRCODE = CASE p_code
			WHEN 'unauthenticated' THEN 'BR101'
			WHEN 'invalid_credentials' THEN 'BR102'
			WHEN 'forbidden' THEN 'BR201'
			WHEN 'not_owner' THEN 'BR202'
			WHEN 'quota_exceeded' THEN 'BR203'
			WHEN 'not_found' THEN 'BR301'
			WHEN 'already_accepted' THEN 'BR401'
			WHEN 'not_approved' THEN 'BR402'
			WHEN 'no_response_yet' THEN 'BR403'
			WHEN 'request_rejected' THEN 'BR404'
			WHEN 'already_replied' THEN 'BR405'
			WHEN 'duplicate_request' THEN 'BR406'
			WHEN 'stale' THEN 'BR407'
			WHEN 'invalid' THEN 'BR501'
			WHEN 'idempotency_mismatch' THEN 'BR502'
			WHEN 'too_many_attempts' THEN 'BR601'
			WHEN 'epoch_changed' THEN 'BR701'
			WHEN 'going_away' THEN 'BR702'
		END,
		MESSAGE = p_detail,
		DETAIL = coalesce(p_extra::text, ''),
		HINT = coalesce(current_setting('bookreq.user', true), '');
END $$;
