"""The Language Server Protocol: requests in, answers out. Nothing is known here of what they say."""
