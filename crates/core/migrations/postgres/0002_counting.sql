-- Counting under a limit: from where a link's limit was granted anew, when a download was last seen at work, and what
-- running responses have claimed of an object before its bytes left. Open reservations are the limited downloads that
-- are neither counted nor over: they are counted, not stored as a number, so that none can be lost.
ALTER TABLE packages ADD COLUMN usable_until BIGINT;
ALTER TABLE links ADD COLUMN downloads_before BIGINT NOT NULL DEFAULT 0;
ALTER TABLE links DROP COLUMN slots_reserved;
ALTER TABLE downloads ADD COLUMN active_at BIGINT;
ALTER TABLE downloads DROP COLUMN last_byte_at;
CREATE INDEX downloads_uncounted ON downloads (link_id) WHERE limited AND confirmed_at IS NULL AND ended_at IS NULL;

CREATE TABLE download_claims (
    id              UUID PRIMARY KEY,
    object_id       UUID NOT NULL REFERENCES download_objects (id),
    -- What the response may have sent by now; given back, as far as it was not, when the response ends.
    claimed_from    BIGINT NOT NULL,
    claimed_to      BIGINT NOT NULL,
    -- Where the response ends.
    range_end       BIGINT NOT NULL
);
CREATE INDEX download_claims_by_object ON download_claims (object_id);
