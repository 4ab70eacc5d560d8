class IllegalMove(Exception):
    """A move that is no longer possible, with a sentence for the person who tried it."""
