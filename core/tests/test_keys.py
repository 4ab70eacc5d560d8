from functools import reduce
from operator import and_, or_

from core.keys import random_key


def test_every_bit_of_a_random_key_is_random():
    keys = [random_key().int for _ in range(100)]
    assert (reduce(and_, keys), reduce(or_, keys)) == (0, 2**128 - 1)
