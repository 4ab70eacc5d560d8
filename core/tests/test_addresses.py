import pytest
from django.urls import NoReverseMatch, reverse

from core.addresses import address


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("cleanings:detail", [1]),
        ("cleanings:detail", [999999999999999999]),
        ("accounts:profile", ["carl"]),
        ("accounts:profile", ["-_-"]),
        ("offers:accept", [12, "carl-0_b"]),
        ("offers:accept", [100, "name-0"]),
        ("dashboard", []),
    ],
)
def test_an_address_is_the_one_that_django_makes(name, args):
    for _ in ("cold", "warm"):
        assert address(name, *args) == reverse(name, args=args)


@pytest.mark.parametrize(
    ("name", "wrong"), [("cleanings:detail", 0), ("cleanings:detail", None), ("accounts:profile", "a/b")]
)
def test_what_is_neither_an_id_nor_a_username_has_no_address(name, wrong):
    assert address(name, "carl" if name == "accounts:profile" else 1)
    with pytest.raises(NoReverseMatch):
        address(name, wrong)
