"""The commands: each is one file, found because it lies here; a folder is a command with commands of its own."""
