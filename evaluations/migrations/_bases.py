"""Bases that models had in earlier migrations. The loader skips modules whose names begin with an underscore."""


class Moves:
    pass
