"""Runs in the peers' environment: what bots' grammars say of files. Standard input: "x12" or "edifact", a tab, a path, on each line.

Standard output: a JSON list for each line: the path, then "accepted", "refused" or "no grammar", then the fault that it stopped at.
"""

import codecs
import json
import logging
import sys
from pathlib import Path

import edi_parser
from edi_parser.grammars import edifact
from edi_parser.lib import utils

_BOM = b"\xef\xbb\xbf"
_CHARSETS = {
    "unoa": "latin-1",
    "unob": "latin-1",
    "unoc": "latin-1",
    "unod": "iso8859-2",
    "unoe": "iso8859-5",
    "unow": "utf-8",
    "unoy": "utf-8",
}


def main() -> None:
    """Each file as a whole: bots stops at the first fault."""
    logging.disable(logging.CRITICAL)
    codecs.register(lambda name: codecs.lookup(_CHARSETS[name]) if name in _CHARSETS else None)
    folder = Path(edifact.__path__[0])
    edifact.__path__ += [str(directory) for directory in sorted(folder.glob("D*")) if directory.is_dir()]  # where its loader does not look
    for line in sys.stdin:
        kind, path = line.rstrip("\n").split("\t")
        data = Path(path).read_bytes().removeprefix(_BOM)
        utils.readdata_bin = lambda data=data, **_: data  # its EDIFACT reader asks for a file, its API has text only
        options = {"field_validation_mode": "strict", "allow_flexible_optional_order": False}
        result = edi_parser.parse_edi(data.decode("latin-1"), kind, kind, **options)
        fault = " ".join(str(error) for error in result["errors"][:1]).strip()
        is_missing = "TranslationNotFound" in fault or "No (valid) grammar" in fault or "No import of module" in fault
        verdict = "accepted" if result["success"] else "no grammar" if is_missing else "refused"
        print(json.dumps([path, verdict, fault[-200:]]), flush=True)


if __name__ == "__main__":
    main()
