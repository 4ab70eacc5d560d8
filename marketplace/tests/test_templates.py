"""What no template may contain."""

import re
from pathlib import Path

from django.conf import settings

INLINE = re.compile(r"""<[^>]+\s(style|on[a-z]+)=["']|<style\b|<script(?![^>]*\bsrc=)|\|\s*safe\b""", re.IGNORECASE)


def test_templates_have_no_inline_style_script_or_handler():
    # Programs that show mails read no sheet of ours.
    files = [file for file in Path(settings.BASE_DIR / "templates").rglob("*.html") if file.parent.name != "email"]
    assert len(files) > 100
    assert [str(file) for file in files if INLINE.search(file.read_text())] == []
    assert all(map(INLINE.search, ['<p style="x">', "<a onclick='x'>", "<script>", "<style>", "{{ x|safe }}"]))


def test_no_line_of_a_template_reaches_120_characters():
    """A line of a mail in plain text is a paragraph, so those are as long as they are."""
    long_lines = {
        f"{path.relative_to(settings.BASE_DIR)}:{number}"
        for path in Path(settings.BASE_DIR / "templates").rglob("*.html")
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if len(line) >= 120
    }
    assert long_lines == set()
