"""The Help menu: about the program, licences, and newer versions."""
