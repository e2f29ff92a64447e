-- The whole vocabulary of Waybill. Times (`..._at`) are milliseconds since 1970 in UTC, sizes are bytes, secrets are
-- SHA-256 hashes or sealed with the key file. The same numbers and tables stand in both dialects' folders.

CREATE TABLE settings (
    name        TEXT PRIMARY KEY,
    value       JSONB NOT NULL,
    changed_at  BIGINT NOT NULL
);

CREATE TABLE accounts (
    id              UUID PRIMARY KEY,
    email           TEXT NOT NULL,
    email_key       TEXT NOT NULL UNIQUE,
    name            TEXT NOT NULL,
    role            TEXT NOT NULL,
    password_hash   TEXT,
    language        TEXT,
    time_zone       TEXT,
    defaults        JSONB NOT NULL,
    created_at      BIGINT NOT NULL,
    disabled_at     BIGINT
);

CREATE TABLE sessions (
    token_hash      BYTEA PRIMARY KEY,
    account_id      UUID NOT NULL REFERENCES accounts (id),
    created_at      BIGINT NOT NULL,
    seen_at         BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    ip              TEXT,
    user_agent      TEXT
);
CREATE INDEX sessions_by_account ON sessions (account_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE api_tokens (
    id              UUID PRIMARY KEY,
    account_id      UUID NOT NULL REFERENCES accounts (id),
    name            TEXT NOT NULL,
    token_hash      BYTEA NOT NULL UNIQUE,
    scopes          JSONB NOT NULL,
    created_at      BIGINT NOT NULL,
    expires_at      BIGINT,
    used_at         BIGINT,
    revoked_at      BIGINT
);
CREATE INDEX api_tokens_by_account ON api_tokens (account_id, id);

-- One-time secrets that arrive by mail: invitations, password resets, a signed "extend" page.
CREATE TABLE one_time_tokens (
    token_hash      BYTEA PRIMARY KEY,
    purpose         TEXT NOT NULL,
    account_id      UUID NOT NULL REFERENCES accounts (id),
    created_at      BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    used_at         BIGINT
);

CREATE TABLE grants (
    id                  UUID PRIMARY KEY,
    owner_id            UUID NOT NULL REFERENCES accounts (id),
    comment             TEXT NOT NULL,
    notify              JSONB NOT NULL,
    expires_in_hours    BIGINT NOT NULL,
    idle_hours          BIGINT NOT NULL,
    max_uploads         BIGINT NOT NULL,
    policy_set_at       BIGINT NOT NULL,
    received_policy     JSONB NOT NULL,
    limits              JSONB NOT NULL,
    password_hash       TEXT,
    uses_reserved       BIGINT NOT NULL DEFAULT 0,
    uses                BIGINT NOT NULL DEFAULT 0,
    last_upload_at      BIGINT,
    ends_at             BIGINT,
    ends_by             TEXT,
    ended_at            BIGINT,
    ended_by            TEXT,
    created_at          BIGINT NOT NULL,
    changed_at          BIGINT NOT NULL,
    deleted_at          BIGINT
);
CREATE INDEX grants_by_owner ON grants (owner_id, id);
CREATE INDEX grants_by_end ON grants (ends_at) WHERE ended_at IS NULL;

CREATE TABLE packages (
    id                  UUID PRIMARY KEY,
    owner_id            UUID NOT NULL REFERENCES accounts (id),
    grant_id            UUID REFERENCES grants (id),
    direction           TEXT NOT NULL,
    kind                TEXT NOT NULL,
    title               TEXT NOT NULL,
    note                TEXT NOT NULL,
    notify              JSONB NOT NULL,
    limits              JSONB NOT NULL,
    password_hash       TEXT,
    expires_in_hours    BIGINT NOT NULL,
    idle_hours          BIGINT NOT NULL,
    max_downloads       BIGINT NOT NULL,
    policy_set_at       BIGINT NOT NULL,
    -- What the policy's rule decided at the last change; lists and sweeps compare these.
    ends_at             BIGINT,
    ends_by             TEXT,
    ended_at            BIGINT,
    ended_by            TEXT,
    erase_at            BIGINT,
    created_at          BIGINT NOT NULL,
    changed_at          BIGINT NOT NULL,
    finalized_at        BIGINT,
    revoked_at          BIGINT,
    deleted_at          BIGINT,
    erased_at           BIGINT,
    downloads           BIGINT NOT NULL DEFAULT 0,
    last_download_at    BIGINT,
    file_count          BIGINT NOT NULL DEFAULT 0,
    total_bytes         BIGINT NOT NULL DEFAULT 0,
    -- Grows with every change that a page would show; live views compare it.
    revision            BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX packages_by_owner ON packages (owner_id, id) WHERE deleted_at IS NULL;
CREATE INDEX packages_by_change ON packages (owner_id, changed_at);
CREATE INDEX packages_by_end ON packages (ends_at) WHERE ended_at IS NULL AND revoked_at IS NULL AND deleted_at IS NULL;
CREATE INDEX packages_by_erasure ON packages (erase_at) WHERE erased_at IS NULL;
CREATE INDEX packages_by_draft ON packages (changed_at) WHERE finalized_at IS NULL AND deleted_at IS NULL;

-- The words of title and recipients, for search by word prefix without a full scan.
CREATE TABLE package_words (
    owner_id    UUID NOT NULL,
    word        TEXT COLLATE "C" NOT NULL,
    package_id  UUID NOT NULL REFERENCES packages (id),
    PRIMARY KEY (owner_id, word, package_id)
);
CREATE INDEX package_words_by_package ON package_words (package_id);

CREATE TABLE recipients (
    id          UUID PRIMARY KEY,
    package_id  UUID NOT NULL REFERENCES packages (id),
    name        TEXT NOT NULL,
    email       TEXT NOT NULL,
    email_key   TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    removed_at  BIGINT
);
CREATE INDEX recipients_by_package ON recipients (package_id, id);
CREATE UNIQUE INDEX recipients_once ON recipients (package_id, email_key) WHERE removed_at IS NULL;

CREATE TABLE links (
    id                  UUID PRIMARY KEY,
    package_id          UUID REFERENCES packages (id),
    grant_id            UUID REFERENCES grants (id),
    recipient_id        UUID REFERENCES recipients (id),
    purpose             TEXT NOT NULL,
    token_hash          BYTEA NOT NULL UNIQUE,
    token_sealed        BYTEA NOT NULL,
    created_at          BIGINT NOT NULL,
    revoked_at          BIGINT,
    opened_at           BIGINT,
    uses                BIGINT NOT NULL DEFAULT 0,
    last_used_at        BIGINT,
    -- Confirmed and reserved slots, and releases that timed out, under `max_downloads`.
    downloads           BIGINT NOT NULL DEFAULT 0,
    slots_reserved      BIGINT NOT NULL DEFAULT 0,
    releases            BIGINT NOT NULL DEFAULT 0,
    last_download_at    BIGINT,
    asked_at            BIGINT
);
CREATE INDEX links_by_package ON links (package_id, id);
CREATE INDEX links_by_grant ON links (grant_id);

CREATE TABLE files (
    id              UUID PRIMARY KEY,
    package_id      UUID NOT NULL REFERENCES packages (id),
    blob_id         UUID NOT NULL UNIQUE,
    relative_path   TEXT NOT NULL,
    -- The path folded so that names differing by case or Unicode form never stand side by side.
    path_key        TEXT NOT NULL,
    size            BIGINT NOT NULL,
    sha256          BYTEA NOT NULL,
    crc32           BIGINT NOT NULL,
    content_type    TEXT NOT NULL,
    uploaded_at     BIGINT NOT NULL,
    wire_bytes      BIGINT NOT NULL,
    wire_ms         BIGINT NOT NULL,
    link_id         UUID REFERENCES links (id),
    removed_at      BIGINT
);
CREATE UNIQUE INDEX files_by_path ON files (package_id, path_key) WHERE removed_at IS NULL;
CREATE INDEX files_by_package ON files (package_id, id);

CREATE TABLE uploads (
    id              UUID PRIMARY KEY,
    package_id      UUID NOT NULL REFERENCES packages (id),
    link_id         UUID REFERENCES links (id),
    upload_visit_id UUID,
    blob_id         UUID NOT NULL UNIQUE,
    token_hash      BYTEA NOT NULL UNIQUE,
    token_sealed    BYTEA NOT NULL,
    relative_path   TEXT NOT NULL,
    content_type    TEXT,
    -- NULL while the length is deferred.
    size            BIGINT,
    sha256          BYTEA,
    received        BIGINT NOT NULL DEFAULT 0,
    digest_state    BYTEA NOT NULL,
    -- Bytes held against the disk and the limits while the upload is unfinished.
    reserved_bytes  BIGINT NOT NULL DEFAULT 0,
    wire_bytes      BIGINT NOT NULL DEFAULT 0,
    wire_ms         BIGINT NOT NULL DEFAULT 0,
    actor           JSONB NOT NULL,
    -- What the client said of the file at creation, given back to whoever continues it.
    client_metadata TEXT NOT NULL DEFAULT '',
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    finished_at     BIGINT,
    file_id         UUID,
    dropped_at      BIGINT,
    -- A plain PUT cannot be continued: cut off, it is dropped soon.
    resumable       BOOLEAN NOT NULL DEFAULT TRUE
);
CREATE INDEX uploads_by_package ON uploads (package_id, id);
CREATE INDEX uploads_open ON uploads (updated_at) WHERE finished_at IS NULL AND dropped_at IS NULL;

-- One outside person's stay at an upload link: groups files, is told to the owner once.
CREATE TABLE upload_visits (
    id              UUID PRIMARY KEY,
    link_id         UUID NOT NULL REFERENCES links (id),
    package_id      UUID REFERENCES packages (id),
    visit_hash      BYTEA NOT NULL,
    name            TEXT NOT NULL DEFAULT '',
    email           TEXT NOT NULL DEFAULT '',
    message         TEXT NOT NULL DEFAULT '',
    state           TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    last_byte_at    BIGINT NOT NULL,
    done_at         BIGINT,
    told_at         BIGINT
);
CREATE UNIQUE INDEX upload_visits_by_visit ON upload_visits (link_id, visit_hash);
CREATE INDEX upload_visits_open ON upload_visits (last_byte_at) WHERE told_at IS NULL;

-- One visit's fetch of a package's content.
CREATE TABLE downloads (
    id              UUID PRIMARY KEY,
    link_id         UUID NOT NULL REFERENCES links (id),
    package_id      UUID NOT NULL REFERENCES packages (id),
    visit_hash      BYTEA NOT NULL,
    state           TEXT NOT NULL,
    limited         BOOLEAN NOT NULL DEFAULT FALSE,
    started_at      BIGINT NOT NULL,
    usable_until    BIGINT NOT NULL,
    confirmed_at    BIGINT,
    ended_at        BIGINT,
    last_byte_at    BIGINT,
    content_bytes   BIGINT NOT NULL DEFAULT 0,
    booked_bytes    BIGINT NOT NULL DEFAULT 0,
    delivered_bytes BIGINT NOT NULL DEFAULT 0,
    responses       BIGINT NOT NULL DEFAULT 0,
    ip              TEXT,
    user_agent      TEXT
);
CREATE INDEX downloads_by_visit ON downloads (link_id, visit_hash);
CREATE INDEX downloads_by_package ON downloads (package_id, id);
CREATE INDEX downloads_open ON downloads (usable_until) WHERE ended_at IS NULL;

-- What one /d/ URL serves: a file, or an archive frozen at its start.
CREATE TABLE download_objects (
    id              UUID PRIMARY KEY,
    download_id     UUID NOT NULL REFERENCES downloads (id),
    token_hash      BYTEA NOT NULL UNIQUE,
    token_sealed    BYTEA NOT NULL,
    file_id         UUID REFERENCES files (id),
    archive_files   JSONB,
    name            TEXT NOT NULL,
    size            BIGINT NOT NULL,
    etag            TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    -- The union of byte ranges that sockets accepted, in the compact form of download/ranges.rs.
    delivered       BYTEA NOT NULL,
    completed_at    BIGINT,
    ended_at        BIGINT
);
CREATE INDEX download_objects_by_download ON download_objects (download_id);

CREATE TABLE jobs (
    id              UUID PRIMARY KEY,
    kind            TEXT NOT NULL,
    payload         JSONB NOT NULL,
    run_at          BIGINT NOT NULL,
    attempts        BIGINT NOT NULL DEFAULT 0,
    claimed_until   BIGINT,
    last_error      TEXT,
    failed_at       BIGINT,
    created_at      BIGINT NOT NULL
);
CREATE INDEX jobs_due ON jobs (run_at) WHERE failed_at IS NULL;

CREATE TABLE mails (
    id              UUID PRIMARY KEY,
    kind            TEXT NOT NULL,
    package_id      UUID REFERENCES packages (id),
    recipient_id    UUID REFERENCES recipients (id),
    link_id         UUID REFERENCES links (id),
    to_name         TEXT NOT NULL,
    to_email        TEXT NOT NULL,
    content         JSONB NOT NULL,
    -- A one-time secret that the mail carries, sealed; NULL when the link's own token is enough.
    secret_sealed   BYTEA,
    state           TEXT NOT NULL,
    on_hold         BOOLEAN NOT NULL DEFAULT FALSE,
    attempts        BIGINT NOT NULL DEFAULT 0,
    answer          TEXT,
    created_at      BIGINT NOT NULL,
    state_at        BIGINT NOT NULL
);
CREATE INDEX mails_by_recipient ON mails (recipient_id, id);
CREATE INDEX mails_by_package ON mails (package_id, id);
CREATE INDEX mails_unsent ON mails (state_at) WHERE state IN ('queued', 'sending', 'deferred');

CREATE TABLE audit_entries (
    id              UUID PRIMARY KEY,
    at              BIGINT NOT NULL,
    action          TEXT NOT NULL,
    actor_kind      TEXT NOT NULL,
    actor_id        UUID,
    actor_name      TEXT NOT NULL,
    package_id      UUID,
    account_id      UUID,
    ip              TEXT,
    user_agent      TEXT,
    details         JSONB NOT NULL,
    details_hash    BYTEA NOT NULL,
    -- When the personal part was erased; the chain covers its hash only.
    erased_at       BIGINT,
    -- Given by the sealer, without gaps, in the order of sealing.
    sequence        BIGINT UNIQUE,
    hash            BYTEA
);
CREATE INDEX audit_entries_unsealed ON audit_entries (id) WHERE sequence IS NULL;
CREATE INDEX audit_entries_by_package ON audit_entries (package_id, id);
CREATE INDEX audit_entries_by_action ON audit_entries (action, id);
CREATE INDEX audit_entries_by_account ON audit_entries (account_id, id);

-- Views and refusals that wait to become one entry per link, address and agent a minute.
CREATE TABLE pending_views (
    id              UUID PRIMARY KEY,
    action          TEXT NOT NULL,
    link_id         UUID,
    package_id      UUID,
    reason          TEXT NOT NULL,
    ip              TEXT NOT NULL,
    user_agent      TEXT NOT NULL,
    minute          BIGINT NOT NULL,
    first_at        BIGINT NOT NULL,
    count           BIGINT NOT NULL
);
CREATE INDEX pending_views_by_minute ON pending_views (minute);

CREATE TABLE idempotency_keys (
    account_id      UUID NOT NULL REFERENCES accounts (id),
    key             TEXT NOT NULL,
    request_hash    BYTEA NOT NULL,
    -- What was created. Not the answer, which may hold secrets.
    made_id         UUID NOT NULL,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (account_id, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

CREATE TABLE webhooks (
    id              UUID PRIMARY KEY,
    owner_id        UUID NOT NULL REFERENCES accounts (id),
    url             TEXT NOT NULL,
    events          JSONB NOT NULL,
    secret_sealed   BYTEA NOT NULL,
    created_at      BIGINT NOT NULL,
    changed_at      BIGINT NOT NULL,
    disabled_at     BIGINT,
    deleted_at      BIGINT
);
CREATE INDEX webhooks_by_owner ON webhooks (owner_id, id);

CREATE TABLE webhook_deliveries (
    id              UUID PRIMARY KEY,
    webhook_id      UUID NOT NULL REFERENCES webhooks (id),
    event           TEXT NOT NULL,
    body            JSONB NOT NULL,
    state           TEXT NOT NULL,
    on_hold         BOOLEAN NOT NULL DEFAULT FALSE,
    attempts        BIGINT NOT NULL DEFAULT 0,
    status          BIGINT,
    answer          TEXT,
    created_at      BIGINT NOT NULL,
    state_at        BIGINT NOT NULL
);
CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id, id);
