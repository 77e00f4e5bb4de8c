"""The Help menu: about the program, and licences."""
