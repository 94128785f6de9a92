-- Whether a socket may be opened for p_user; the body is the channels for the bridge, joined by spaces.
CREATE OR REPLACE FUNCTION bookreq_api.ws_handshake(p_creator bigint, p_token bytea, p_remote_user text, p_role text,
	p_user bigint)
RETURNS bookreq.answer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
DECLARE
	c	bookreq.caller := authenticate(p_creator, p_token, p_remote_user, p_role);
BEGIN
	IF p_user IS DISTINCT FROM c.user_id THEN
		PERFORM refuse('forbidden', 'user_id is not the user who is logged in.');
	END IF;
	RETURN (204, array_to_string(channels(c), ' '),
		false, '{}'::text[])::bookreq.answer;
END $$;
