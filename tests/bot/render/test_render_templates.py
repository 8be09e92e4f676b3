"""The environment: everything HTML is escaped, undefined names are errors, texts are cleaned on their way out."""

from pathlib import Path

import pytest
from jinja2 import UndefinedError

from bot.errors import NeedsAdmin
from bot.render.templates import environment, folders, render

NASTY = '<script>alert("x")</script>{{ 7*7 }}\u202e\x1b'


def folder_with(tmp_path: Path, name: str, text: str) -> Path:
    (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize("name", ["page.html.j2", "odd.j2", "style.css"])
def test_everything_but_plain_text_is_escaped(tmp_path: Path, name: str) -> None:
    text = render(name, {"x": NASTY}, folder_with(tmp_path, name, "{{ x }}"))
    assert "<script>" not in text
    assert "{{ 7*7 }}" in text, "data is never a template"
    assert not set("\u202e\x1b") & set(text)


def test_plain_text_is_not_escaped_but_cleaned(tmp_path: Path) -> None:
    text = render("body.txt.j2", {"x": "a & b\u202e"}, folder_with(tmp_path, "body.txt.j2", "{{ x }}"))
    assert text == "a & b\ufffd"


def test_undefined_names_are_errors(tmp_path: Path) -> None:
    with pytest.raises(UndefinedError):
        render("page.html.j2", {}, folder_with(tmp_path, "page.html.j2", "{{ missing }}"))


def test_a_chosen_folder_overrides_and_the_rest_falls_back(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "console.css").write_text("mine")
    assert render("web/console.css", {}, tmp_path) == "mine"
    assert environment(tmp_path).get_template("web/base.html.j2")


def test_a_missing_chosen_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(NeedsAdmin, match="template folder"):
        folders(tmp_path / "nowhere")


def test_every_template_compiles() -> None:
    made = environment()
    names = made.list_templates()
    assert len(names) > 12
    for name in names:
        made.get_template(name)
