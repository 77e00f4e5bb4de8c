"""The photo folders of a library: adding, removing and finding them again on drives."""
