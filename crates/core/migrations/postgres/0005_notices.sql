-- Notices: who was told of which event, once; reminders that are due; what became of a link's last download.

-- One event for one address. `mail_id` names the mail that told it; NULL while it waits for a digest.
CREATE TABLE notices (
    id          UUID PRIMARY KEY,
    event       TEXT NOT NULL,
    email_key   TEXT NOT NULL,
    email       TEXT NOT NULL,
    name        TEXT NOT NULL,
    package_id  UUID NOT NULL REFERENCES packages (id),
    kind        TEXT NOT NULL,
    -- What a digest says of it: the package's title then, whom it is about (or ''), and a sentence (or '').
    title       TEXT NOT NULL,
    who         TEXT NOT NULL,
    what        TEXT NOT NULL,
    at          BIGINT NOT NULL,
    mail_id     UUID REFERENCES mails (id),
    created_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX notices_once ON notices (email_key, event);
CREATE INDEX notices_by_address ON notices (email_key, created_at);
CREATE INDEX notices_waiting ON notices (email_key, id) WHERE mail_id IS NULL;
CREATE INDEX notices_told ON notices (created_at) WHERE mail_id IS NOT NULL;

-- When the next reminder about the package is due, and up to when reminders have been seen to.
ALTER TABLE packages ADD COLUMN remind_at BIGINT;
ALTER TABLE packages ADD COLUMN reminded_to BIGINT;
-- Of packages made before there were reminders, the sweep finds out by itself.
UPDATE packages SET remind_at = 0 WHERE erased_at IS NULL AND deleted_at IS NULL;
CREATE INDEX packages_by_reminder ON packages (remind_at, id) WHERE remind_at IS NOT NULL;

-- When a download of the link last broke off, and how much of it had arrived.
ALTER TABLE links ADD COLUMN broke_off_at BIGINT;
ALTER TABLE links ADD COLUMN broke_off_percent BIGINT;
