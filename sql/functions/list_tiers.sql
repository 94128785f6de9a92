CREATE OR REPLACE FUNCTION bookreq_api.list_tiers(p_creator bigint, p_token bytea, p_remote_user text, p_role text)
RETURNS bookreq.answer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bookreq, pg_temp SET enable_seqscan = off AS $$
DECLARE
	c	bookreq.caller := authenticate(p_creator, p_token, p_remote_user, p_role);
BEGIN
	RETURN reading('{"tiers":[' || array_to_string(ARRAY(
		SELECT tier_json(t) FROM campaign_tiers t WHERE t.creator_id = c.creator_id ORDER BY t.id), ',') || ']}');
END $$;
