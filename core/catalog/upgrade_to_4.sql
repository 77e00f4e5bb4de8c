-- The hash of file contents has changed, so each file is read again. Until then, searches find it as before.
UPDATE photo SET size = -1 WHERE content NOT NULL;
