"""The demo, from the wheel: a newcomer's first command must hold everywhere; `make demo` tells it from the checkout."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(900)]


def _story(command: list[str], folder: Path, environment: dict[str, str]) -> dict:
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False)
    story = json.loads(result.stdout or "{}")
    failed = [check for chapter in story.get("chapters", ()) for check in chapter["checks"] if not check["held"]]
    assert not failed, json.dumps(failed, indent=1)
    assert result.returncode == 0, result.stderr[-2000:]
    return story


def test_the_story_holds_from_the_wheel_in_another_folder(tmp_path: Path):
    """Only the wheel's files are there besides the libraries: grammars, maps, migrations, templates and the quickstart come with it."""
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path / "dist"), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, timeout=300)
    [wheel] = (tmp_path / "dist").glob("*.whl")
    site = tmp_path / "site"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(site), str(wheel)]
    subprocess.run(install, check=True, capture_output=True, timeout=300)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(site), "PYTHONSAFEPATH": "1"}
    where = [sys.executable, "-c", "import gateway, edi, maps; print(gateway.__file__, edi.__file__, maps.__file__)"]
    found = subprocess.run(where, cwd=elsewhere, env=environment, capture_output=True, text=True, check=True).stdout.split()
    assert all(Path(file).is_relative_to(site) for file in found), found
    story = _story([sys.executable, "-m", "gateway", "demo", "--json"], elsewhere, environment)
    assert story["held"]
    assert len(story["chapters"]) == 10
    assert all(chapter["checks"] for chapter in story["chapters"])
