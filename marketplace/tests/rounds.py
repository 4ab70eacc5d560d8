"""How often a race is run."""

thorough = False


def rounds(few: int, *, full: int) -> int:
    """So many rounds, or under --thorough as many as give a figure; the control of a race fails in one or a few."""
    return full if thorough else few
