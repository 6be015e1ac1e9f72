"""No modules of a Rust crate use each other in a circle: each can be read, tested and moved after what it uses."""

from pathlib import Path

import pytest

from tests.support.import_graph import Crate, circles

ROOT = Path(__file__).parent.parent
CRATES = sorted(
    str(file.relative_to(ROOT))
    for pattern in ("backend/*/src", "frontend/src", "frontend/*/src", "tests/bench/*/src")
    for folder in ROOT.glob(pattern)
    for file in (folder / "lib.rs", folder / "main.rs")
    if file.exists()
)


@pytest.mark.parametrize("crate", CRATES)
def test_no_modules_use_each_other_in_a_circle(crate: str) -> None:
    found = [told.replace(f"{ROOT}/", "") for told in circles(Crate(ROOT / crate))]
    assert not found, "\n".join(["modules that use each other, each with the place where it does:", *found])


def test_there_are_crates_to_look_at() -> None:
    assert {"backend/operations/src/lib.rs", "backend/control-plane/src/main.rs", "frontend/src/lib.rs"} <= set(CRATES)


def crate(folder: Path, files: dict[str, str]) -> list[str]:
    """The circles of a crate of these files, without the places."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return [told.splitlines()[0] for told in circles(Crate(folder / "lib.rs"))]


def test_modules_that_use_one_another_in_one_direction_are_no_circle(tmp_path: Path) -> None:
    assert not crate(
        tmp_path,
        {
            "lib.rs": "mod above;\nmod below;\npub use above::Above;",
            "above.rs": "use crate::below::Below;\npub struct Above(Below);",
            "below.rs": "pub struct Below;",
        },
    )


def test_two_modules_that_use_each_other_are_a_circle(tmp_path: Path) -> None:
    files = {
        "lib.rs": "mod a;\nmod b;",
        "a.rs": "use crate::b::B;\npub struct A;",
        "b.rs": "pub struct B(super::a::A);",
    }
    assert crate(tmp_path, files) == ["a → b → a"]
    (told,) = circles(Crate(tmp_path / "lib.rs"))
    assert told.splitlines()[1:] == [
        f"    {tmp_path}/a.rs:1 crate::b::B",
        f"    {tmp_path}/b.rs:1 super::a::A",
    ]


def test_a_circle_may_lead_through_several_modules(tmp_path: Path) -> None:
    files = {
        "lib.rs": "mod a; mod b; mod c;",
        "a.rs": "use crate::{b::{self, B as Other}, c};\npub const A: u8 = b::B;",
        "b.rs": "pub const B: u8 = crate::c::C;",
        "c.rs": "use crate::a;\npub const C: u8 = a::A;",
    }
    assert crate(tmp_path, files) == ["a → b → c → a"]


def test_modules_are_held_against_each_other_with_all_that_is_below_them(tmp_path: Path) -> None:
    files = {
        "lib.rs": "mod one; mod other;",
        "one/mod.rs": "mod deep; mod free;",
        "one/deep.rs": "use crate::other::Other;",
        "one/free.rs": "pub struct Free;",
        "other.rs": "use crate::one::free::Free;\npub struct Other;",
    }
    assert crate(tmp_path, files) == ["one → other → one"]


def test_a_module_and_its_child_are_a_circle_when_each_uses_what_the_other_has(tmp_path: Path) -> None:
    files = {
        "lib.rs": "mod page;",
        "page.rs": "mod part;\npub struct Page;\nfn show() { part::show() }",
        "page/part.rs": "use super::Page;\npub fn show() {}",
    }
    assert crate(tmp_path, files) == ["page → page::part → page"]


def test_a_reexport_leads_to_where_it_comes_from(tmp_path: Path) -> None:
    files = {
        "lib.rs": "mod a; mod b;\npub use a::{A, inner::Inner as Renamed};",
        "a.rs": "pub mod inner;\npub struct A;",
        "a/inner.rs": "pub struct Inner;",
        "b.rs": "use crate::Renamed;\npub struct B;",
    }
    assert not crate(tmp_path, files)
    assert crate(tmp_path, files | {"a.rs": "pub mod inner;\nuse crate::b::B;"}) == ["a → b → a"]


@pytest.mark.parametrize(
    "text",
    [
        "// crate::b::B",
        "/* crate::b::B */",
        '/// Not "[`crate::b::B`]\npub struct A;',
        'const TEXT: &str = "crate::b::B";',
        'const TEXT: &str = r#"say "crate::b::B""#;',
        "#[cfg(test)]\nmod tests {\n    use crate::b::B;\n    fn one() {}\n}",
        "#[cfg(test)]\n#[allow(unused)]\nuse crate::{b::B};",
        "#[cfg(test)]\nmod tests;",
        "use ::b::B;",
        "use b::B;",
    ],
)
def test_what_is_not_code_or_not_of_this_crate_or_for_tests_alone_uses_nothing(tmp_path: Path, text: str) -> None:
    assert not crate(tmp_path, {"lib.rs": "mod a; mod b;", "a.rs": text, "b.rs": "pub struct B(crate::a::A);"})


@pytest.mark.parametrize(
    "text",
    [
        "pub(crate) use crate::b::B;",
        "use crate::{\n    b::B,\n};",
        "fn a<'a>(b: &'a crate::b::B) -> char { '\"' }",
        "fn a() { if 'x' == '\\'' { crate :: b :: b() } }",
        'fn a() { say("//"); super::b::b() }',
        "mod inside {\n    use super::super::b::B;\n}",
        "use crate::b;\nfn a() { b::b() }",
        "#[cfg(test)]\nmod tests {}\nuse crate::b::B;",
    ],
)
def test_every_way_to_write_a_path_uses_what_it_leads_to(tmp_path: Path, text: str) -> None:
    files = {"lib.rs": "mod a; mod b;", "a.rs": text, "b.rs": "pub struct B(crate::a::A);"}
    assert crate(tmp_path, files) == ["a → b → a"]
