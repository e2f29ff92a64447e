-- Whether parts of an archive were asked for by range: then its files count one by one.
ALTER TABLE download_objects ADD COLUMN in_pieces INTEGER NOT NULL DEFAULT 0;
