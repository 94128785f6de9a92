-- What was done with one request. That it was asked for is in the request itself, so asking costs no more than before.
CREATE INDEX activity_log_request ON bookreq.activity_log (creator_id, book_request_id, id) WHERE action <> 'created';
