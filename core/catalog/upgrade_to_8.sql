-- More of a photo's metadata. The next indexing run reads it.
ALTER TABLE content ADD COLUMN has_metadata INTEGER NOT NULL DEFAULT 0;
ALTER TABLE content ADD COLUMN utc_offset INTEGER;
ALTER TABLE content ADD COLUMN camera TEXT;
ALTER TABLE content ADD COLUMN latitude REAL;
ALTER TABLE content ADD COLUMN longitude REAL;
CREATE INDEX content_without_metadata ON content (key) WHERE NOT has_metadata;
