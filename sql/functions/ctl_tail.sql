-- bookreqctl tail ends the token that it made for itself, and no other.
CREATE OR REPLACE FUNCTION bookreq_ctl.token_end(p_creator bigint, p_token_hash bytea) RETURNS bookreq_ctl.answer
LANGUAGE plpgsql SET search_path = bookreq, pg_temp AS $$
BEGIN
	DELETE FROM sessions WHERE creator_id = p_creator AND token_hash = p_token_hash AND kind = 'token';
	RETURN ('{}', '{}')::bookreq_ctl.answer;
END $$;
