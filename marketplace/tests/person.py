"""Somebody before a browser, who makes the same journey in one of several modes."""

import re
from pathlib import Path
from re import Pattern

import pytest
from playwright.sync_api import Locator, Page, Response, expect

# 400 % on a window of 1280 by 1024.
ENLARGED = {"width": 320, "height": 256}

MODES: dict[str, dict] = {
    "mouse": {},
    "keyboard": {},
    "script off": {"java_script_enabled": False},
    "360 px": {"viewport": {"width": 360, "height": 740}},
    "320 x 256": {"viewport": ENLARGED},
    "dark": {"color_scheme": "dark"},
}

# What has the focus: its place in the document, and what a person who sees would miss of it.
FOCUS = """() => {
  const stop = document.activeElement, box = stop.getBoundingClientRect();
  // The card of a job is marked instead of the link that covers it.
  const isMarked = [stop, stop.closest(".job")].some((one) => {
    const style = one && getComputedStyle(one);
    return style && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  });
  // The middle of what the window shows of it.
  const [left, right] = [Math.max(box.left, 0), Math.min(box.right, innerWidth)];
  const [top, bottom] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
  const found = left < right && top < bottom && document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  const faults = [];
  if (!isMarked) faults.push("no outline");
  if (!box.width || !box.height) faults.push("no size");
  if (!found || !(stop.contains(found) || found.contains(stop))) faults.push("covered");
  return {place: [...document.querySelectorAll("*")].indexOf(stop), html: stop.outerHTML.slice(0, 200), faults};
}"""

# As above, and where another element lies from there; of a group of radios the focus meets one only.
FOCUS_BESIDE = f"""(thing) => {{
  const stop = document.activeElement;
  const isGroup = thing.type === "radio" && stop.type === "radio" && stop.name === thing.name;
  const isAhead = stop.compareDocumentPosition(thing) & Node.DOCUMENT_POSITION_FOLLOWING;
  return {{...({FOCUS})(), isThere: stop === thing || isGroup, key: isAhead ? "Tab" : "Shift+Tab"}};
}}"""

ARRIVAL = """() => {
  const stop = document.activeElement;
  const light = getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number);
  return {
    starts: stop.matches(".skip-link") || Boolean(stop.closest(".error-summary")),
    beyond: Math.max(0, document.documentElement.scrollWidth - innerWidth),
    isDark: Math.max(...light) < 128,
  };
}"""


def in_modes(*ordinary: str):
    """Run the journey in all modes with --thorough, and else in these."""
    others = [pytest.param(mode, marks=pytest.mark.thorough) for mode in MODES if mode not in ordinary]
    return pytest.mark.parametrize("mode", [*ordinary, *others])


class Mouse:
    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, thing: Locator) -> None:
        thing.click()

    def write(self, field: Locator, text: str) -> None:
        field.click()
        field.fill(text)

    def choose(self, choice: Locator) -> None:
        choice.check()

    def select(self, field: Locator, label: str) -> None:
        field.select_option(label=label)


class Keyboard:
    """Tab, Shift and Tab, Enter, Space, arrows, and what is typed."""

    def __init__(self, page: Page) -> None:
        self.page, self.key = page, page.keyboard.press

    def reach(self, thing: Locator) -> None:
        """Go there in either direction; each stop on the way has to be seen."""
        # Sought once, because that takes longer than a step.
        element = thing.element_handle()
        for _ in range(200):
            stop = element.evaluate(FOCUS_BESIDE)
            assert stop["faults"] == [], stop
            if stop["isThere"]:
                return
            self.key(stop["key"])
        raise AssertionError(f"The focus never comes to {thing}.")

    def press(self, thing: Locator) -> None:
        self.reach(thing)
        self.key("Enter")

    def write(self, field: Locator, text: str) -> None:
        self.reach(field)
        if field.get_attribute("type") == "datetime-local":
            self.write_moment(text)
        else:
            self.key("Control+a")
            self.key("Delete")
            # As if it was pasted: a key for each of thousands of characters takes long.
            (self.page.keyboard.type if len(text) < 200 else self.page.keyboard.insert_text)(text)
        expect(field).to_have_value(text)

    def write_moment(self, text: str) -> None:
        """As a browser of the United States asks for it: month, day, year, then the hour of twelve."""
        year, month, day, hour, minute = map(int, re.split("[-T:]", text))
        self.page.keyboard.type(f"{month:02}{day:02}{year}")
        self.key("ArrowRight")
        self.page.keyboard.type(f"{hour % 12 or 12:02}{minute:02}{'AP'[hour // 12]}")

    def choose(self, choice: Locator) -> None:
        self.reach(choice)
        self.key("Space")
        for _ in range(20):
            if choice.is_checked():
                return
            self.key("ArrowDown")
        raise AssertionError(f"No key chooses {choice}.")

    def select(self, field: Locator, label: str) -> None:
        self.reach(field)
        steps = field.evaluate(
            "(field, label) => [...field.options].findIndex((one) => one.label === label) - field.selectedIndex", label
        )
        for _ in range(abs(steps)):
            self.key("ArrowDown" if steps > 0 else "ArrowUp")
        expect(field.locator("option:checked")).to_have_text(label)


class Person:
    def __init__(self, page: Page, mode: str) -> None:
        self.page, self.mode = page, mode
        self.hands = Keyboard(page) if mode == "keyboard" else Mouse(page)
        self.main = page.get_by_role("main")

    # What one does.

    def open(self, path: str) -> None:
        self.arrive(self.page.goto(path))

    def go_back(self) -> None:
        self.arrive(self.page.go_back())

    def open_tab(self, path: str) -> "Person":
        other = Person(self.page.context.new_page(), self.mode)
        other.open(path)
        return other

    def follow(self, name: str | Pattern) -> None:
        self.go_by(self.page.get_by_role("link", name=name, exact=True))

    def press(self, name: str | Pattern) -> None:
        self.go_by(self.page.get_by_role("button", name=name, exact=True))

    def unfold(self, name: str) -> None:
        self.hands.press(self.page.locator("summary").get_by_text(name, exact=True))

    def field(self, label: str, group: str = "") -> Locator:
        place = self.main.get_by_role("radiogroup", name=group) if group else self.main
        return place.get_by_label(re.compile(rf"^\s*{re.escape(label)}( \(optional\))?\s*$"))

    def write(self, label: str, text: str) -> None:
        self.hands.write(self.field(label), text)

    def choose(self, label: str, group: str = "") -> None:
        self.hands.choose(self.field(label, group))

    def select(self, label: str, choice: str) -> None:
        self.hands.select(self.field(label), choice)

    def attach(self, label: str, path: Path) -> None:
        with self.page.expect_file_chooser() as chooser:
            self.hands.press(self.field(label))
        chooser.value.set_files(path)

    def mend(self, sentence: str, label: str) -> None:
        """The box of errors leads to the field."""
        self.hands.press(self.page.get_by_role("alert").get_by_role("link", name=sentence, exact=True))
        expect(self.field(label)).to_be_focused()

    # What one reads.

    def stands_at(self, heading: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)

    def holds(self, label: str, text: str) -> None:
        expect(self.field(label)).to_have_value(text)

    def finds(self, *names: str, level: int = 3) -> None:
        expect(self.main.get_by_role("heading", level=level)).to_have_text(list(names))

    def reads(self, *texts: str) -> None:
        for text in texts:
            expect(self.main).to_contain_text(text)

    def reads_nothing_of(self, text: str) -> None:
        expect(self.main).not_to_contain_text(text)

    def is_told(self, text: str) -> None:
        expect(self.page.get_by_role("status").filter(has_text=text)).to_be_visible()

    def is_warned(self, *texts: str) -> None:
        for text in texts:
            expect(self.page.get_by_role("alert").filter(has_text=text)).to_be_visible()

    def sees_the_photo_chosen(self) -> None:
        """Small, and without the script not at all."""
        photo = self.page.get_by_role("img", name="The photo that you chose")
        expect(photo).to_have_count(0 if self.mode == "script off" else 1)
        assert [one.bounding_box()["width"] for one in photo.all()] in ([], [96])

    def prints_sheets(self) -> int:
        """How many sheets the page takes, without what leads to other pages."""
        self.page.emulate_media(media="print")
        expect(self.page.get_by_role("navigation")).to_be_hidden()
        expect(self.main.get_by_role("link", name="Cancel the job")).to_be_hidden()
        return len(re.findall(rb"/Type\s*/Page\b", self.page.pdf(prefer_css_page_size=True)))

    # What every page owes.

    def go_by(self, thing: Locator) -> None:
        if not thing.count():
            # A small window folds the links of the site into a menu.
            self.hands.press(self.page.get_by_role("button", name=re.compile("^Menu")))
        with self.page.expect_navigation() as answer:
            self.hands.press(thing.first)
        self.arrive(answer.value)

    def arrive(self, response: Response | None) -> None:
        assert response is None or response.status < 500
        self.page.keyboard.press("Tab")
        found = self.page.evaluate(ARRIVAL)
        # An address with a fragment leads past the top.
        assert found["starts"] or "#" in self.page.url, self.page.evaluate(FOCUS)
        assert found["beyond"] == 0, self.page.url
        assert found["isDark"] == (self.mode == "dark"), self.page.url
