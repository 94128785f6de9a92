-- The activity log by who acted and by what was done. Whoever looks for 'created' finds it everywhere, so it costs its
-- request only one of the two.
CREATE INDEX activity_log_actor ON bookreq.activity_log (creator_id, actor_id, id);
CREATE INDEX activity_log_action ON bookreq.activity_log (creator_id, action, id) WHERE action <> 'created';
