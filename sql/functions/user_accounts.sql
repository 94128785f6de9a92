-- Every user with what follows from the tier and the current month: the one place that decides a user's limits. Its columns are those of
-- the type caller. A view is read when it is made, unlike a function's body: this file comes behind times.sql in the alphabet.
CREATE OR REPLACE VIEW bookreq.user_accounts AS
SELECT u.creator_id, u.id AS user_id, u.username, u.email, u.is_creator, u.is_team, u.is_creator OR u.is_team AS is_admin,
	u.tier_id, t.title AS tier_title,
	coalesce(u.allowance, t.book_requests_allowed, 0) AS allowed,
	coalesce(t.chapters_allowed_per_book_request, 0) AS chapters,
	u.membership, u.feed_from, u.feed_prev_from, u.feed_prev_until,
	coalesce(q.used, 0)::int AS used,
	u.is_active
FROM bookreq.users u
LEFT JOIN bookreq.campaign_tiers t ON t.creator_id = u.creator_id AND t.id = u.tier_id
LEFT JOIN bookreq.quota_usage q ON q.creator_id = u.creator_id AND q.user_id = u.id AND q.month_year = bookreq.month_of(now());
