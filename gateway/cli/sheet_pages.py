"""A partner sheet as a page: HTML that stands alone and can be printed, Markdown, or plain text. Whatever stands in it is escaped."""

import html
import textwrap
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from gateway.cli.sheet import Section, Sheet
from gateway.cli.sheet_certificates import Block
from gateway.cli.words import visible

__all__ = ["PAGES"]

_STYLE: Final = """\
body{font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;color:#1c2430;max-width:54rem;margin:2.2rem auto;padding:0 1.2rem}
header{border-bottom:3px solid #1c4e80;margin-bottom:1.6rem}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .2rem}header p{margin:0 0 .8rem;color:#5a6675}
h2{font-size:1.08rem;margin:1.7rem 0 .5rem;color:#1c4e80}h3{font-size:.98rem;margin:1.1rem 0 .3rem}
table{border-collapse:collapse;width:100%;table-layout:fixed}
th,td{text-align:left;vertical-align:top;padding:.32rem .6rem .32rem 0;border-bottom:1px solid #e3e7ec;overflow-wrap:anywhere}
th{width:15.5rem;font-weight:600;color:#3b4656}
ul{margin:.2rem 0;padding-left:1.2rem}li{margin:.2rem 0}
.need{background:#fff7e0;border:1px solid #ecd58c;border-radius:6px;padding:.2rem 1rem .6rem}.need h2{margin-top:.7rem;color:#7a5a00}
.note{margin:.2rem 0 .4rem;color:#7a5a00}
pre{font:12px/1.35 ui-monospace,"SF Mono",Menlo,Consolas,monospace;background:#f5f7f9;border:1px solid #e3e7ec;border-radius:6px;
padding:.6rem .8rem;white-space:pre-wrap;overflow-wrap:anywhere;margin:.5rem 0 0}
@media print{body{margin:0;max-width:none;font-size:10.5pt}pre{font-size:7.5pt}section,article{break-inside:avoid}h2,h3{break-after:avoid}
@page{margin:16mm}}
"""


def _as_html(sheet: Sheet) -> str:
    title = html.escape(sheet.title)
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            f"<title>{title}</title>",
            f"<style>{_STYLE}</style></head><body>",
            f"<header><h1>{title}</h1><p>{html.escape(sheet.subtitle)}</p></header>",
            *(line for section in sheet.sections for line in _html_section(section)),
            "</body></html>\n",
        ]
    )


def _html_section(section: Section) -> Iterator[str]:
    # a section of certificates is longer than a page: its articles stay together, not the whole
    tag = "div" if section.blocks else "section"
    yield f'<{tag} class="need">' if section.points else f"<{tag}>"
    yield f"<h2>{html.escape(section.title)}</h2>"
    if section.points:
        yield "<ul>" + "".join(f"<li>{html.escape(point)}</li>" for point in section.points) + "</ul>"
    if section.rows:
        yield _html_table(section.rows)
    for block in section.blocks:
        yield f"<article><h3>{html.escape(block.title)}</h3>"
        if block.note:
            yield f'<p class="note">{html.escape(block.note)}</p>'
        yield _html_table(block.rows)
        yield (f"<pre>{html.escape(block.pem)}</pre>" if block.pem else "") + "</article>"
    yield f"</{tag}>"


def _html_table(rows: tuple[tuple[str, str], ...]) -> str:
    cells = "".join(f"<tr><th>{html.escape(label)}</th><td>{html.escape(value)}</td></tr>" for label, value in rows)
    return f"<table><tbody>{cells}</tbody></table>"


def _as_markdown(sheet: Sheet) -> str:
    lines = [f"# {_md(sheet.title)}", "", _md(sheet.subtitle), ""]
    for section in sheet.sections:
        lines += [f"## {_md(section.title)}", ""]
        lines += [f"- {_md(point)}" for point in section.points]
        lines += _md_table(section.rows)
        for block in section.blocks:
            lines += [f"### {_md(block.title)}", "", *([_md(block.note), ""] if block.note else []), *_md_table(block.rows), ""]
            lines += ["```", block.pem, "```", ""] if block.pem else []
        lines += [""]
    return "\n".join(lines).rstrip() + "\n"


def _md_table(rows: tuple[tuple[str, str], ...]) -> list[str]:
    return ["| | |", "| --- | --- |", *(f"| {_md(label)} | {_md(value)} |" for label, value in rows)] if rows else []


def _md(text: str) -> str:
    """One line in which nothing is markup."""
    return "".join(f"\\{one}" if one in "\\`*_[]<>|#!&~" else one for one in visible(text))


def _as_text(sheet: Sheet) -> str:
    lines = [visible(sheet.title), visible(sheet.subtitle), ""]
    for section in sheet.sections:
        lines += [visible(section.title).upper(), ""]
        lines += [
            line for point in section.points for line in textwrap.wrap(visible(point), 100, initial_indent="- ", subsequent_indent="  ")
        ]
        lines += _text_rows(section.rows)
        for block in section.blocks:
            lines += _text_block(block)
        lines += [""]
    return "\n".join(lines).rstrip() + "\n"


def _text_block(block: Block) -> list[str]:
    note = textwrap.wrap(visible(block.note), 100)
    return [visible(block.title), *note, "", *_text_rows(block.rows), "", *([block.pem, ""] if block.pem else [])]


def _text_rows(rows: tuple[tuple[str, str], ...]) -> list[str]:
    width = max((len(label) for label, _ in rows), default=0) + 2
    return [
        line
        for label, value in rows
        for line in textwrap.wrap(
            visible(value), 110, initial_indent=f"{visible(label):{width}}", subsequent_indent=" " * width, break_on_hyphens=False
        )
        or [visible(label)]
    ]


#: by format
PAGES: Final[Mapping[str, Callable[[Sheet], str]]] = {"html": _as_html, "md": _as_markdown, "txt": _as_text}
