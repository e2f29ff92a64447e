-- The whole vocabulary of Waybill. Times (`..._at`) are milliseconds since 1970 in UTC, sizes are bytes, secrets are
-- SHA-256 hashes or sealed with the key file. The same numbers and tables stand in both dialects' folders.

CREATE TABLE settings (
    name        TEXT PRIMARY KEY,
    value       TEXT NOT NULL,
    changed_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE accounts (
    id              BLOB PRIMARY KEY,
    email           TEXT NOT NULL,
    email_key       TEXT NOT NULL UNIQUE,
    name            TEXT NOT NULL,
    role            TEXT NOT NULL,
    password_hash   TEXT,
    language        TEXT,
    time_zone       TEXT,
    defaults        TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    disabled_at     INTEGER
) STRICT;

CREATE TABLE sessions (
    token_hash      BLOB PRIMARY KEY,
    account_id      BLOB NOT NULL REFERENCES accounts (id),
    created_at      INTEGER NOT NULL,
    seen_at         INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    ip              TEXT,
    user_agent      TEXT
) STRICT;
CREATE INDEX sessions_by_account ON sessions (account_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE api_tokens (
    id              BLOB PRIMARY KEY,
    account_id      BLOB NOT NULL REFERENCES accounts (id),
    name            TEXT NOT NULL,
    token_hash      BLOB NOT NULL UNIQUE,
    scopes          TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER,
    used_at         INTEGER,
    revoked_at      INTEGER
) STRICT;
CREATE INDEX api_tokens_by_account ON api_tokens (account_id, id);

-- One-time secrets that arrive by mail: invitations, password resets, a signed "extend" page.
CREATE TABLE one_time_tokens (
    token_hash      BLOB PRIMARY KEY,
    purpose         TEXT NOT NULL,
    account_id      BLOB NOT NULL REFERENCES accounts (id),
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    used_at         INTEGER
) STRICT;

CREATE TABLE grants (
    id                  BLOB PRIMARY KEY,
    owner_id            BLOB NOT NULL REFERENCES accounts (id),
    comment             TEXT NOT NULL,
    notify              TEXT NOT NULL,
    expires_in_hours    INTEGER NOT NULL,
    idle_hours          INTEGER NOT NULL,
    max_uploads         INTEGER NOT NULL,
    policy_set_at       INTEGER NOT NULL,
    received_policy     TEXT NOT NULL,
    limits              TEXT NOT NULL,
    password_hash       TEXT,
    uses_reserved       INTEGER NOT NULL DEFAULT 0,
    uses                INTEGER NOT NULL DEFAULT 0,
    last_upload_at      INTEGER,
    ends_at             INTEGER,
    ends_by             TEXT,
    ended_at            INTEGER,
    ended_by            TEXT,
    created_at          INTEGER NOT NULL,
    changed_at          INTEGER NOT NULL,
    deleted_at          INTEGER
) STRICT;
CREATE INDEX grants_by_owner ON grants (owner_id, id);
CREATE INDEX grants_by_end ON grants (ends_at) WHERE ended_at IS NULL;

CREATE TABLE packages (
    id                  BLOB PRIMARY KEY,
    owner_id            BLOB NOT NULL REFERENCES accounts (id),
    grant_id            BLOB REFERENCES grants (id),
    direction           TEXT NOT NULL,
    kind                TEXT NOT NULL,
    title               TEXT NOT NULL,
    note                TEXT NOT NULL,
    notify              TEXT NOT NULL,
    limits              TEXT NOT NULL,
    password_hash       TEXT,
    expires_in_hours    INTEGER NOT NULL,
    idle_hours          INTEGER NOT NULL,
    max_downloads       INTEGER NOT NULL,
    policy_set_at       INTEGER NOT NULL,
    -- What the policy's rule decided at the last change; lists and sweeps compare these.
    ends_at             INTEGER,
    ends_by             TEXT,
    ended_at            INTEGER,
    ended_by            TEXT,
    erase_at            INTEGER,
    created_at          INTEGER NOT NULL,
    changed_at          INTEGER NOT NULL,
    finalized_at        INTEGER,
    revoked_at          INTEGER,
    deleted_at          INTEGER,
    erased_at           INTEGER,
    downloads           INTEGER NOT NULL DEFAULT 0,
    last_download_at    INTEGER,
    file_count          INTEGER NOT NULL DEFAULT 0,
    total_bytes         INTEGER NOT NULL DEFAULT 0,
    -- Grows with every change that a page would show; live views compare it.
    revision            INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX packages_by_owner ON packages (owner_id, id) WHERE deleted_at IS NULL;
CREATE INDEX packages_by_change ON packages (owner_id, changed_at);
CREATE INDEX packages_by_end ON packages (ends_at) WHERE ended_at IS NULL AND revoked_at IS NULL AND deleted_at IS NULL;
CREATE INDEX packages_by_erasure ON packages (erase_at) WHERE erased_at IS NULL;
CREATE INDEX packages_by_draft ON packages (changed_at) WHERE finalized_at IS NULL AND deleted_at IS NULL;

-- The words of title and recipients, for search by word prefix without a full scan.
CREATE TABLE package_words (
    owner_id    BLOB NOT NULL,
    word        TEXT NOT NULL,
    package_id  BLOB NOT NULL REFERENCES packages (id),
    PRIMARY KEY (owner_id, word, package_id)
) STRICT;
CREATE INDEX package_words_by_package ON package_words (package_id);

CREATE TABLE recipients (
    id          BLOB PRIMARY KEY,
    package_id  BLOB NOT NULL REFERENCES packages (id),
    name        TEXT NOT NULL,
    email       TEXT NOT NULL,
    email_key   TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    removed_at  INTEGER
) STRICT;
CREATE INDEX recipients_by_package ON recipients (package_id, id);
CREATE UNIQUE INDEX recipients_once ON recipients (package_id, email_key) WHERE removed_at IS NULL;

CREATE TABLE links (
    id                  BLOB PRIMARY KEY,
    package_id          BLOB REFERENCES packages (id),
    grant_id            BLOB REFERENCES grants (id),
    recipient_id        BLOB REFERENCES recipients (id),
    purpose             TEXT NOT NULL,
    token_hash          BLOB NOT NULL UNIQUE,
    token_sealed        BLOB NOT NULL,
    created_at          INTEGER NOT NULL,
    revoked_at          INTEGER,
    opened_at           INTEGER,
    uses                INTEGER NOT NULL DEFAULT 0,
    last_used_at        INTEGER,
    -- Confirmed and reserved slots, and releases that timed out, under `max_downloads`.
    downloads           INTEGER NOT NULL DEFAULT 0,
    slots_reserved      INTEGER NOT NULL DEFAULT 0,
    releases            INTEGER NOT NULL DEFAULT 0,
    last_download_at    INTEGER,
    asked_at            INTEGER
) STRICT;
CREATE INDEX links_by_package ON links (package_id, id);
CREATE INDEX links_by_grant ON links (grant_id);

CREATE TABLE files (
    id              BLOB PRIMARY KEY,
    package_id      BLOB NOT NULL REFERENCES packages (id),
    blob_id         BLOB NOT NULL UNIQUE,
    relative_path   TEXT NOT NULL,
    -- The path folded so that names differing by case or Unicode form never stand side by side.
    path_key        TEXT NOT NULL,
    size            INTEGER NOT NULL,
    sha256          BLOB NOT NULL,
    crc32           INTEGER NOT NULL,
    content_type    TEXT NOT NULL,
    uploaded_at     INTEGER NOT NULL,
    wire_bytes      INTEGER NOT NULL,
    wire_ms         INTEGER NOT NULL,
    link_id         BLOB REFERENCES links (id),
    removed_at      INTEGER
) STRICT;
CREATE UNIQUE INDEX files_by_path ON files (package_id, path_key) WHERE removed_at IS NULL;
CREATE INDEX files_by_package ON files (package_id, id);

CREATE TABLE uploads (
    id              BLOB PRIMARY KEY,
    package_id      BLOB NOT NULL REFERENCES packages (id),
    link_id         BLOB REFERENCES links (id),
    upload_visit_id BLOB,
    blob_id         BLOB NOT NULL UNIQUE,
    token_hash      BLOB NOT NULL UNIQUE,
    token_sealed    BLOB NOT NULL,
    relative_path   TEXT NOT NULL,
    content_type    TEXT,
    -- NULL while the length is deferred.
    size            INTEGER,
    sha256          BLOB,
    received        INTEGER NOT NULL DEFAULT 0,
    digest_state    BLOB NOT NULL,
    -- Bytes held against the disk and the limits while the upload is unfinished.
    reserved_bytes  INTEGER NOT NULL DEFAULT 0,
    wire_bytes      INTEGER NOT NULL DEFAULT 0,
    wire_ms         INTEGER NOT NULL DEFAULT 0,
    actor           TEXT NOT NULL,
    -- What the client said of the file at creation, given back to whoever continues it.
    client_metadata TEXT NOT NULL DEFAULT '',
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    finished_at     INTEGER,
    file_id         BLOB,
    dropped_at      INTEGER,
    resumable       INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX uploads_by_package ON uploads (package_id, id);
CREATE INDEX uploads_open ON uploads (updated_at) WHERE finished_at IS NULL AND dropped_at IS NULL;

-- One outside person's stay at an upload link: groups files, is told to the owner once.
CREATE TABLE upload_visits (
    id              BLOB PRIMARY KEY,
    link_id         BLOB NOT NULL REFERENCES links (id),
    package_id      BLOB REFERENCES packages (id),
    visit_hash      BLOB NOT NULL,
    name            TEXT NOT NULL DEFAULT '',
    email           TEXT NOT NULL DEFAULT '',
    message         TEXT NOT NULL DEFAULT '',
    state           TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    last_byte_at    INTEGER NOT NULL,
    done_at         INTEGER,
    told_at         INTEGER
) STRICT;
CREATE UNIQUE INDEX upload_visits_by_visit ON upload_visits (link_id, visit_hash);
CREATE INDEX upload_visits_open ON upload_visits (last_byte_at) WHERE told_at IS NULL;

-- One visit's fetch of a package's content.
CREATE TABLE downloads (
    id              BLOB PRIMARY KEY,
    link_id         BLOB NOT NULL REFERENCES links (id),
    package_id      BLOB NOT NULL REFERENCES packages (id),
    visit_hash      BLOB NOT NULL,
    state           TEXT NOT NULL,
    limited         INTEGER NOT NULL DEFAULT 0,
    started_at      INTEGER NOT NULL,
    usable_until    INTEGER NOT NULL,
    confirmed_at    INTEGER,
    ended_at        INTEGER,
    last_byte_at    INTEGER,
    content_bytes   INTEGER NOT NULL DEFAULT 0,
    booked_bytes    INTEGER NOT NULL DEFAULT 0,
    delivered_bytes INTEGER NOT NULL DEFAULT 0,
    responses       INTEGER NOT NULL DEFAULT 0,
    ip              TEXT,
    user_agent      TEXT
) STRICT;
CREATE INDEX downloads_by_visit ON downloads (link_id, visit_hash);
CREATE INDEX downloads_by_package ON downloads (package_id, id);
CREATE INDEX downloads_open ON downloads (usable_until) WHERE ended_at IS NULL;

-- What one /d/ URL serves: a file, or an archive frozen at its start.
CREATE TABLE download_objects (
    id              BLOB PRIMARY KEY,
    download_id     BLOB NOT NULL REFERENCES downloads (id),
    token_hash      BLOB NOT NULL UNIQUE,
    token_sealed    BLOB NOT NULL,
    file_id         BLOB REFERENCES files (id),
    archive_files   TEXT,
    name            TEXT NOT NULL,
    size            INTEGER NOT NULL,
    etag            TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    -- The union of byte ranges that sockets accepted, in the compact form of download/ranges.rs.
    delivered       BLOB NOT NULL,
    completed_at    INTEGER,
    ended_at        INTEGER
) STRICT;
CREATE INDEX download_objects_by_download ON download_objects (download_id);

CREATE TABLE jobs (
    id              BLOB PRIMARY KEY,
    kind            TEXT NOT NULL,
    payload         TEXT NOT NULL,
    run_at          INTEGER NOT NULL,
    attempts        INTEGER NOT NULL DEFAULT 0,
    claimed_until   INTEGER,
    last_error      TEXT,
    failed_at       INTEGER,
    created_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX jobs_due ON jobs (run_at) WHERE failed_at IS NULL;

CREATE TABLE mails (
    id              BLOB PRIMARY KEY,
    kind            TEXT NOT NULL,
    package_id      BLOB REFERENCES packages (id),
    recipient_id    BLOB REFERENCES recipients (id),
    link_id         BLOB REFERENCES links (id),
    to_name         TEXT NOT NULL,
    to_email        TEXT NOT NULL,
    content         TEXT NOT NULL,
    -- A one-time secret that the mail carries, sealed; NULL when the link's own token is enough.
    secret_sealed   BLOB,
    state           TEXT NOT NULL,
    on_hold         INTEGER NOT NULL DEFAULT 0,
    attempts        INTEGER NOT NULL DEFAULT 0,
    answer          TEXT,
    created_at      INTEGER NOT NULL,
    state_at        INTEGER NOT NULL
) STRICT;
CREATE INDEX mails_by_recipient ON mails (recipient_id, id);
CREATE INDEX mails_by_package ON mails (package_id, id);
CREATE INDEX mails_unsent ON mails (state_at) WHERE state IN ('queued', 'sending', 'deferred');

CREATE TABLE audit_entries (
    id              BLOB PRIMARY KEY,
    at              INTEGER NOT NULL,
    action          TEXT NOT NULL,
    actor_kind      TEXT NOT NULL,
    actor_id        BLOB,
    actor_name      TEXT NOT NULL,
    package_id      BLOB,
    account_id      BLOB,
    ip              TEXT,
    user_agent      TEXT,
    details         TEXT NOT NULL,
    details_hash    BLOB NOT NULL,
    -- When the personal part was erased; the chain covers its hash only.
    erased_at       INTEGER,
    -- Given by the sealer, without gaps, in the order of sealing.
    sequence        INTEGER UNIQUE,
    hash            BLOB
) STRICT;
CREATE INDEX audit_entries_unsealed ON audit_entries (id) WHERE sequence IS NULL;
CREATE INDEX audit_entries_by_package ON audit_entries (package_id, id);
CREATE INDEX audit_entries_by_action ON audit_entries (action, id);
CREATE INDEX audit_entries_by_account ON audit_entries (account_id, id);

-- Views and refusals that wait to become one entry per link, address and agent a minute.
CREATE TABLE pending_views (
    id              BLOB PRIMARY KEY,
    action          TEXT NOT NULL,
    link_id         BLOB,
    package_id      BLOB,
    reason          TEXT NOT NULL,
    ip              TEXT NOT NULL,
    user_agent      TEXT NOT NULL,
    minute          INTEGER NOT NULL,
    first_at        INTEGER NOT NULL,
    count           INTEGER NOT NULL
) STRICT;
CREATE INDEX pending_views_by_minute ON pending_views (minute);

CREATE TABLE idempotency_keys (
    account_id      BLOB NOT NULL REFERENCES accounts (id),
    key             TEXT NOT NULL,
    request_hash    BLOB NOT NULL,
    -- What was created. Not the answer, which may hold secrets.
    made_id         BLOB NOT NULL,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (account_id, key)
) STRICT;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

CREATE TABLE webhooks (
    id              BLOB PRIMARY KEY,
    owner_id        BLOB NOT NULL REFERENCES accounts (id),
    url             TEXT NOT NULL,
    events          TEXT NOT NULL,
    secret_sealed   BLOB NOT NULL,
    created_at      INTEGER NOT NULL,
    changed_at      INTEGER NOT NULL,
    disabled_at     INTEGER,
    deleted_at      INTEGER
) STRICT;
CREATE INDEX webhooks_by_owner ON webhooks (owner_id, id);

CREATE TABLE webhook_deliveries (
    id              BLOB PRIMARY KEY,
    webhook_id      BLOB NOT NULL REFERENCES webhooks (id),
    event           TEXT NOT NULL,
    body            TEXT NOT NULL,
    state           TEXT NOT NULL,
    on_hold         INTEGER NOT NULL DEFAULT 0,
    attempts        INTEGER NOT NULL DEFAULT 0,
    status          INTEGER,
    answer          TEXT,
    created_at      INTEGER NOT NULL,
    state_at        INTEGER NOT NULL
) STRICT;
CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id, id);
