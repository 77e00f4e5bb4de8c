-- The change time of a file shows replacements with the same size and modification time. The next scan fills it in.
ALTER TABLE photo ADD COLUMN ctime_ns INTEGER;
