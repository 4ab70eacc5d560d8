"""The figures that docs/quality.md shows, read from the source. It needs the standard library only."""

import argparse
import ast
import io
import re
import statistics
import tokenize
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/quality.md"
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
APPS = PYPROJECT["tool"]["pytest"]["ini_options"]["testpaths"]
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
# Modules beside the models that hold rules too.
RULES = {"states", "constraints", "terms", "closing", "clashes", "prices", "ratings", "scheduled"}
MODEL_BASES = {"Model", "AbstractUser", "AbstractBaseUser", "Manager", "UserManager", "QuerySet"}


class Module:
    """One Python file of ours."""

    def __init__(self, path: Path):
        self.path = path.relative_to(ROOT)
        self.source = path.read_text()
        self.tree = ast.parse(self.source)
        self.is_test = "tests" in self.path.parts
        self.name = ".".join(self.path.with_suffix("").parts).removesuffix(".__init__")

    @property
    def is_models(self) -> bool:
        """Whether it holds models, managers or querysets."""
        bases = {
            ast.unparse(base).split("[")[0].split("(")[0].split(".")[-1]
            for node in self.tree.body
            if isinstance(node, ast.ClassDef)
            for base in node.bases
        }
        return not self.is_test and (self.path.stem in ("models", "querysets") or bool(bases & MODEL_BASES))

    @property
    def has_rules(self) -> bool:
        return self.is_models or self.path.stem in RULES

    @property
    def is_views(self) -> bool:
        return not self.is_test and self.path.stem.endswith("views")

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        yield from (node for node in ast.walk(self.tree) if isinstance(node, FUNCTIONS))

    def label(self, node: Definition) -> str:
        return f"{self.path}:{node.lineno} {node.name}"

    def lines(self) -> list[str]:
        return [line for line in self.source.splitlines() if line.strip()]

    def comment_lines(self) -> int:
        """How many lines hold nothing but a comment."""
        tokens = tokenize.generate_tokens(io.StringIO(self.source).readline)
        return sum(token.type == tokenize.COMMENT and not token.line[: token.start[1]].strip() for token in tokens)

    def docstring_lines(self) -> int:
        """How many lines of docstrings are not empty."""
        lines = self.source.splitlines()
        return sum(
            bool(line.strip())
            for node in ast.walk(self.tree)
            if isinstance(node, (ast.Module, ast.ClassDef, *FUNCTIONS)) and ast.get_docstring(node) is not None
            for line in lines[node.body[0].lineno - 1 : node.body[0].end_lineno]
        )

    def both_lines(self) -> int:
        return self.docstring_lines() + self.comment_lines()


MODULES = [
    Module(path) for app in APPS for path in sorted((ROOT / app).rglob("*.py")) if "migrations" not in path.parts
]
OWN = [module for module in MODULES if not module.is_test]
MODELS = [module for module in OWN if module.is_models]
TEMPLATES = {
    path.relative_to(ROOT): path.read_text().splitlines()
    for path in sorted((ROOT / "templates").rglob("*"))
    if path.suffix in (".html", ".txt")
}


def length(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def model_functions() -> dict[str, int]:
    return {module.label(node): length(node) for module in MODELS for node in module.functions()}


def view_functions() -> dict[str, int]:
    return {
        module.label(node): length(node)
        for module in OWN
        if module.is_views
        for node in module.tree.body
        if isinstance(node, FUNCTIONS)
    }


def view_classes() -> dict[str, int]:
    return {
        module.label(node): length(node)
        for module in OWN
        if module.is_views
        for node in module.tree.body
        if isinstance(node, ast.ClassDef)
    }


def test_functions() -> dict[str, int]:
    return {
        module.label(node): length(node)
        for module in MODULES
        if module.is_test
        for node in module.functions()
        if node.name.startswith("test_")
    }


def templates() -> dict[str, int]:
    return {str(path): len(lines) for path, lines in TEMPLATES.items()}


def template_lines() -> dict[str, int]:
    """A line of a mail in plain text is a paragraph, and left out."""
    return {
        f"{path}:{number}": len(line)
        for path, lines in TEMPLATES.items()
        if path.suffix == ".html"
        for number, line in enumerate(lines, start=1)
    }


def model_files() -> dict[str, int]:
    return {str(module.path): len(module.source.splitlines()) for module in MODELS}


def docstrings() -> dict[str, int]:
    """The percentage of functions with a docstring, by module."""
    return {
        str(module.path): round(100 * len([node for node in found if ast.get_docstring(node)]) / len(found))
        for module in OWN
        if (found := list(module.functions()))
    }


def percentages(modules: list[Module], count: Callable[[Module], int]) -> dict[str, int]:
    """Of the lines that are not empty, by module."""
    return {str(module.path): round(100 * count(module) / len(module.lines())) for module in modules if module.lines()}


def docstring_lines() -> dict[str, int]:
    return percentages(OWN, Module.docstring_lines)


def comment_lines() -> dict[str, int]:
    return percentages(OWN, Module.comment_lines)


def both() -> dict[str, int]:
    return percentages(OWN, Module.both_lines)


def model_both() -> dict[str, int]:
    return percentages(MODELS, Module.both_lines)


def imports(module: Module, *, type_checking: bool) -> set[str]:
    """The names of our modules that it imports, inside functions too; those for a type checker only on demand."""
    names = {found.name for found in MODULES}
    hidden = {
        id(child)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for child in ast.walk(node)
    }
    wanted = set()
    for node in ast.walk(module.tree):
        if id(node) in hidden and not type_checking:
            continue
        if isinstance(node, ast.Import):
            wanted |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            wanted |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name if name in names else name.rpartition(".")[0] for name in wanted} & names - {module.name}


def circles(*, type_checking: bool) -> dict[str, int]:
    """The sets of modules that import each other, directly or by way of others, with the number of modules in each."""
    graph = {module.name: imports(module, type_checking=type_checking) for module in OWN}
    reached = {name: reachable(graph, name) for name in graph}
    found = {frozenset(other for other in reached[name] if name in reached[other]) for name in graph}
    return {" <-> ".join(sorted(names)): len(names) for names in found if names}


def reachable(graph: dict[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    ahead = list(graph.get(start, ()))
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            ahead += graph.get(name, ())
    return seen


def import_circles() -> dict[str, int]:
    return circles(type_checking=False)


def type_checking_circles() -> dict[str, int]:
    return circles(type_checking=True)


def muted_codes() -> dict[str, int]:
    """How many codes of mypy are off in a module with rules beyond those that are off everywhere, and ignored lines."""
    found = {}
    for module in OWN:
        if module.has_rules:
            muted = {
                code
                for override in PYPROJECT["tool"]["mypy"]["overrides"]
                if any(matches(module.name, pattern) for pattern in override["module"])
                for code in override.get("disable_error_code", ())
            }
            found[str(module.path)] = len(muted) + module.source.count("# type: ignore")
    return {path: number for path, number in found.items() if number}


def matches(name: str, pattern: str) -> bool:
    """Whether one of mypy's patterns covers the module; a star stands for one or more parts."""
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), name) is not None


def share(found: list[tuple[int, int]]) -> str:
    part, whole = (sum(numbers) for numbers in zip(*found, strict=True))
    return f"{100 * part / whole:.1f} %"


def docstring_share() -> str:
    per_module = [list(module.functions()) for module in OWN]
    return share([(len([node for node in found if ast.get_docstring(node)]), len(found)) for found in per_module])


def line_share(modules: list[Module], count: Callable[[Module], int]) -> str:
    return share([(count(module), len(module.lines())) for module in modules])


def docstring_line_share() -> str:
    return line_share(OWN, Module.docstring_lines)


def largest(found: dict[str, int]) -> int:
    return max(found.values())


def median_and_p90(lengths: dict[str, int]) -> str:
    numbers = sorted(lengths.values())
    return f"{statistics.median(numbers):.0f} / {numbers[int(0.9 * (len(numbers) - 1))]}"


# The name of each figure, what it counts, the function that lists it, the figure itself, and the one to beat.
FIGURES = [
    ("model-functions", "lines of a model function, median / p90", model_functions, median_and_p90, "6 median, 15 p90"),
    ("view-functions", "lines of a view function, median / p90", view_functions, median_and_p90, ""),
    ("view-classes", "lines of a view class, median / p90", view_classes, median_and_p90, "20 median"),
    ("test-functions", "lines of a test function, median / p90", test_functions, median_and_p90, "10 median"),
    ("templates", "lines of a template, median / p90", templates, median_and_p90, "40 median"),
    ("template-lines", "characters of the longest line of a template", template_lines, largest, "120"),
    ("model-files", "lines of the longest file of models", model_files, largest, "500"),
    ("docstrings", "functions with a docstring", docstrings, lambda _: docstring_share(), "25 %"),
    ("docstring-lines", "lines of docstrings", docstring_lines, lambda _: docstring_line_share(), "4 %"),
    ("comment-lines", "lines of comments", comment_lines, lambda _: line_share(OWN, Module.comment_lines), ""),
    ("both", "lines of both together", both, lambda _: line_share(OWN, Module.both_lines), ""),
    ("model-both", "the same in files of models", model_both, lambda _: line_share(MODELS, Module.both_lines), ""),
    ("import-circles", "import circles", import_circles, len, "0"),
    ("type-circles", "import circles, with imports for types", type_checking_circles, len, ""),
    ("muted-codes", "modules with rules in which codes of mypy are off", muted_codes, len, ""),
]  # fmt: skip


def table() -> str:
    lines = ["| figure | ours | to beat | what is behind it |", "|---|---|---|---|"]
    for name, title, listed, figure, goal in FIGURES:
        lines.append(f"| {title} | {figure(listed())} | {goal} | `script/quality {name}` |")
    lines += ["", "| file of models | lines |", "|---|---|"]
    lines += [f"| `{path}` | {number} |" for path, number in largest_first(model_files())]
    return "\n".join(lines)


def largest_first(found: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))


def write() -> None:
    """Replace the tables between the mark and the next heading."""
    mark = "<!-- script/quality --write -->\n"
    before, _, after = PAGE.read_text().partition(mark)
    _, heading, sections = after.partition("\n## ")
    PAGE.write_text(f"{before}{mark}\n{table()}\n{heading}{sections}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="script/quality", description="The figures of docs/quality.md.")
    parser.add_argument("name", nargs="?", choices=[name for name, *_ in FIGURES])
    parser.add_argument("--write", action="store_true", help="put the figures into docs/quality.md")
    arguments = parser.parse_args()
    if arguments.write:
        write()
    elif arguments.name:
        listed = next(listed for name, _, listed, *_ in FIGURES if name == arguments.name)
        for label, number in largest_first(listed()):
            print(f"{number:6} {label}")
    else:
        print(table())


if __name__ == "__main__":
    main()
