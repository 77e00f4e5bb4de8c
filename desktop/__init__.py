"""The window of Semblance: a thin user of one engine, on one thread."""
