-- Which request an event comes from: the application's calls carry its id as application_name. Of events written before, nobody knows.

ALTER TABLE bookreq.events ADD COLUMN request_id text;
ALTER TABLE bookreq.events ALTER COLUMN request_id SET DEFAULT current_setting('application_name');
