-- Each root has its own rules for files to skip.
ALTER TABLE root ADD COLUMN exclude TEXT NOT NULL DEFAULT '';
ALTER TABLE root ADD COLUMN smallest INTEGER NOT NULL DEFAULT 0;
