"""The table of moves, row by row as the design has it: who, from which statuses, to which, under which conditions."""

from cleanings.states import MOVES

TAKES = ["job_is_not_hidden", "takes_offers"]
TABLE = {
    # move: who, offer from -> to, cleaning from -> to, the others from -> to, conditions
    "offer": (
        "cleaner", [None, "rescinded"], "pending", "open", None, None,
        [*TAKES, "is_open_to_cleaner", "has_no_block"],
    ),
    "revise": ("cleaner", ["pending"], "pending", "open", None, None, [*TAKES, "has_no_block"]),
    "confirm": ("cleaner", ["pending"], "pending", "open", None, None, [*TAKES, "is_outdated", "has_no_block"]),
    "rescind": ("cleaner", ["pending"], "rescinded", "open", None, None, []),
    "reject": ("owner", ["pending"], "rejected", "open", None, None, []),
    "accept": (
        "owner", ["pending"], "accepted", "open", "assigned", ("pending", "rejected"),
        ["job_is_not_hidden", "is_current", "cleaner_is_active", "has_no_block"],
    ),
    "cancel": ("cleaner", ["accepted"], "cancelled", "assigned", "open", ("rejected", "pending"), []),
    "release": ("owner", ["accepted"], "cancelled", "assigned", "open", ("rejected", "pending"), []),
    "complete": ("owner", ["accepted"], "completed", "assigned", "completed", None, ["has_started"]),
}  # fmt: skip


def test_the_table_of_moves_is_the_design_s():
    rows = {
        str(move.kind): (
            str(move.role),
            list(move.offer_from),
            move.offer_to,
            move.cleaning_from,
            move.cleaning_to,
            move.others,
            list(move.conditions),
        )
        for move in MOVES
    }
    assert rows == TABLE
