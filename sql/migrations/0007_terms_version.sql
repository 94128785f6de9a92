-- Counts the changes of what quotas depend on besides requests (tiers, allowances), in the rows of the creators' audiences.
ALTER TABLE bookreq.audiences ADD COLUMN terms_version bigint NOT NULL DEFAULT 0;

-- These have other parameters now.
DROP FUNCTION IF EXISTS bookreq.announce(bookreq.book_requests, text, text, timestamptz, bookreq.request_status, text, bigint, text, text);
DROP FUNCTION IF EXISTS bookreq.state_message(text, bigint, bigint, text, bigint, text);
DROP FUNCTION IF EXISTS bookreq.quota_messages(bigint, bigint, bigint);
