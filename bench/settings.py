"""The settings of production, with one more page: a view that does nothing."""

import os

from marketplace.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
STATIC_ROOT = os.environ["BENCH_STATIC"]
