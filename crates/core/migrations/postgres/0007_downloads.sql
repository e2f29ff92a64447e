-- When a download was last written down as broken off.
ALTER TABLE downloads ADD COLUMN broke_off_at BIGINT;
