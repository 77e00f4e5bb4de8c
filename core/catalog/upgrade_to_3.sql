-- Each folder has its own rules on what is passed over.
ALTER TABLE root ADD COLUMN exclude TEXT NOT NULL DEFAULT '';
ALTER TABLE root ADD COLUMN smallest INTEGER NOT NULL DEFAULT 0;
