-- The regular end of reservations walks those that are open, in the order of their ids, and no others.
CREATE INDEX downloads_reserved ON downloads (id) WHERE limited AND confirmed_at IS NULL AND ended_at IS NULL;
-- When a download was last written down as broken off.
ALTER TABLE downloads ADD COLUMN broke_off_at BIGINT;
