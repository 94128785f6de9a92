-- Whether the caller may use a route of this role, for requests that are refused for another reason anyway.
CREATE OR REPLACE FUNCTION bookreq_api.authorize(p_creator bigint, p_token bytea, p_remote_user text, p_role text)
RETURNS bookreq.answer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
BEGIN
	PERFORM authenticate(p_creator, p_token, p_remote_user, p_role);
	RETURN (204, NULL, false, '{}'::text[])::bookreq.answer;
END $$;
