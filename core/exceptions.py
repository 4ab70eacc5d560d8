class IllegalMove(Exception):
    """A move that is not possible, with a sentence for the person who tried it."""
