-- Photos whose end is missing are listed as problems.
ALTER TABLE content ADD COLUMN incomplete INTEGER NOT NULL DEFAULT 0;
CREATE INDEX incomplete_content ON content (key) WHERE incomplete;
