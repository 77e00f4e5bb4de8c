"""The window of Semblance. It drives one engine, and all of its own code runs on the GUI thread."""
