"""Which modules of a Rust crate use which, read from its source, and the circles among them.

A module uses another when a path in it (`crate::…`, `super::…`, a child's name, a name it imported) leads there. A
re-export leads on to where it comes from, `mod x;` alone uses nothing, and what is compiled for tests alone is left
out.
"""

import re
from collections import defaultdict, deque
from dataclasses import dataclass, field
from pathlib import Path

Name = tuple[str, ...]  # a module's path below its crate: () is the crate's root
Graph = dict[str, dict[str, str]]  # who uses whom, with the first place where it does

# Comments, strings and characters; lifetimes stay.
_NOT_CODE = re.compile(
    r"""//[^\n]*|/\*.*?\*/|b?r(#*)".*?"\1|b?"(?:\\.|[^"\\])*"|b?'(?:\\[^']+|\\'|[^'\\\n])'""", re.DOTALL
)
_FOR_TESTS = re.compile(r"#\[cfg\(test\)\]")
_MODULE = re.compile(r"\bmod\s+(\w+)\s*([;{])")
_USE = re.compile(r"\buse\s+([^;]+);")
_PATH = re.compile(r"(?<![\w:])\w+(?:\s*::\s*\w+)+")


@dataclass
class Module:
    """One module: where its code is, what it imports under which name, and what its paths say, by position."""

    file: Path
    children: set[str] = field(default_factory=set)
    imports: dict[str, Name] = field(default_factory=dict)
    paths: list[tuple[int, Name]] = field(default_factory=list)


class Crate:
    """All modules that a crate's root file leads to."""

    def __init__(self, root: Path) -> None:
        self.modules: dict[Name, Module] = {}
        self._read((), root, root.parent, _code(root.read_text()))

    def _read(self, name: Name, file: Path, folder: Path, code: str) -> None:
        module = self.modules[name] = Module(file)
        while found := _MODULE.search(code):
            child = found[1]
            module.children.add(child)
            if found[2] == ";":
                flat = folder / f"{child}.rs"
                below = flat if flat.exists() else folder / child / "mod.rs"
                self._read((*name, child), below, folder / child, _code(below.read_text()))
                end = found.end()
            else:
                end = _end_of_item(code, found.start())
                inner = _blank(code[: found.end()]) + code[found.end() : end - 1]
                self._read((*name, child), file, folder / child, inner)
            code = code[: found.start()] + _blank(code[found.start() : end]) + code[end:]
        for use in _USE.finditer(code):
            for path, alias in _expand(re.sub(r"\s+", " ", use[1])):
                module.imports[alias] = path
                module.paths.append((_line(code, use.start()), path))
        code = _USE.sub(lambda use: _blank(use[0]), code)
        for path in _PATH.finditer(code):
            module.paths.append((_line(code, path.start()), tuple(re.split(r"\s*::\s*", path[0]))))

    def _resolve(self, at: Name, path: Name) -> tuple[Name, bool] | None:
        """The module in which `path`, written in `at`, ends, and whether it names that module itself."""
        head, rest = path[0], path[1:]
        if head == "crate":
            here: Name = ()
        elif head in ("self", "super"):
            here = at[:-1] if head == "super" else at
            while rest and rest[0] == "super":
                here, rest = here[:-1], rest[1:]
        elif head in self.modules[at].children:
            here, rest = at, path
        elif self.modules[at].imports.get(head, (head,))[0] != head:
            return self._resolve(at, self.modules[at].imports[head] + rest)
        else:
            return None
        for index, segment in enumerate(rest):
            if segment in self.modules[here].children:
                here = (*here, segment)
            elif segment in self.modules[here].imports:
                return self._resolve(here, self.modules[here].imports[segment] + rest[index + 1 :]) or (here, False)
            else:
                return here, False
        return here, True

    def uses(self) -> list[tuple[Name, Name, str]]:
        """Who uses whom, and where."""
        found = []
        for name, module in self.modules.items():
            for line, path in module.paths:
                match self._resolve(name, path):
                    # A module that is imported as such is used by the paths that begin with its name.
                    case (target, False) if self.modules[target].file != module.file:
                        found.append((name, target, f"{module.file}:{line} {'::'.join(path)}"))
        return found


def circles(crate: Crate) -> list[str]:
    """Each circle among modules that stand side by side, every one taken with all that is below it.

    A module's own file stands beside its children. So no circle of files is missed, wherever they are.
    """
    levels: dict[Name, Graph] = defaultdict(lambda: defaultdict(dict))
    for source, target, place in crate.uses():
        pairs = enumerate(zip(source, target, strict=False))
        depth = next((index for index, (a, b) in pairs if a != b), min(len(source), len(target)))
        one, other = (_beside(name, depth) for name in (source, target))
        levels[source[:depth]][one].setdefault(other, place)
    return [told for level in sorted(levels) for told in _circles_of(levels[level])]


def _beside(name: Name, depth: int) -> str:
    return "::".join(name[: depth + 1]) or "crate"


def _circles_of(graph: Graph) -> list[str]:
    """The shortest circle through each use that is part of one."""
    found = {}
    for source in sorted(graph):
        for target in sorted(graph[source]):
            if back := _shortest(graph, target, source):
                found.setdefault(frozenset(back), [source, *back[:-1]])
    return [
        " → ".join([*circle, circle[0]])
        + "".join(f"\n    {graph[one][other]}" for one, other in zip(circle, [*circle[1:], circle[0]], strict=True))
        for circle in found.values()
    ]


def _shortest(graph: Graph, start: str, end: str) -> list[str] | None:
    ways = deque([[start]])
    seen = {start}
    while ways:
        way = ways.popleft()
        if way[-1] == end:
            return way
        for following in sorted(graph.get(way[-1], {})):
            if following not in seen:
                seen.add(following)
                ways.append([*way, following])
    return None


def _code(text: str) -> str:
    """The text without comments, strings and what is compiled for tests alone; every line stays where it is."""
    code = _NOT_CODE.sub(lambda found: _blank(found[0]), text)
    while found := _FOR_TESTS.search(code):
        end = _end_of_item(code, found.end())
        code = code[: found.start()] + _blank(code[found.start() : end]) + code[end:]
    return code


def _end_of_item(code: str, start: int) -> int:
    """Where the item ends that begins at `start`: at a semicolon outside of brackets, or where its braces close."""
    braces_end = re.match(r"\s*(?:pub(?:\([^)]*\))?\s+)?use\b", code[start:]) is None
    depth = 0
    for index in range(start, len(code)):
        depth += (code[index] in "{([") - (code[index] in "})]")
        if depth == 0 and (code[index] == ";" or (code[index] == "}" and braces_end)):
            return index + 1
    return len(code)


def _expand(use: str) -> list[tuple[Name, str]]:
    """Each path of a `use`, with the name it is known by: `a::{self, b as c}` gives a as a, and a::b as c."""
    if "{" not in use:
        path, _, alias = use.strip().partition(" as ")
        segments = tuple(segment.strip() for segment in path.split("::") if segment.strip())
        segments = segments[:-1] if segments[-1] == "self" and len(segments) > 1 else segments
        return [(segments, alias.strip() or segments[-1])]
    before, _, rest = use.partition("{")
    parts, depth, part = [], 0, ""
    for letter in rest[: rest.rindex("}")]:
        depth += (letter == "{") - (letter == "}")
        if letter == "," and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += letter
    return [found for part in [*parts, part] if part.strip() for found in _expand(before + part)]


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def _line(code: str, position: int) -> int:
    return code.count("\n", 0, position) + 1
