-- Runs as the owner at the end of every migration: nobody but the application's role may call, and it may
-- call nothing but bookreq_api. bookreqctl names that role in the setting bookreq.app_role.

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA bookreq, bookreq_api, bookreq_ctl FROM PUBLIC;
REVOKE ALL ON SCHEMA bookreq, bookreq_api, bookreq_ctl FROM PUBLIC;

DO $$
DECLARE
	v_role	text := nullif(current_setting('bookreq.app_role', true), '');
BEGIN
	IF v_role IS NULL OR v_role = current_user OR NOT EXISTS (SELECT FROM pg_roles WHERE rolname = v_role) THEN
		RETURN;
	END IF;
	EXECUTE format('GRANT USAGE ON SCHEMA bookreq_api TO %I', v_role);
	EXECUTE format('GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA bookreq_api TO %I', v_role);
END $$;
