-- The regular end of stale sessions looks at both times.
CREATE INDEX sessions_by_seen ON sessions (seen_at);
