"""The rules of the house that no linter knows: module length, READMEs, standard library only in edi, the page of settings as the code is."""

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("edi", "canonical", "as2", "sftp", "partners", "maps", "gateway")
SETTINGS = ROOT / "gateway/SETTINGS.md"
SMELL, LIMIT = 400, 500
#: words that tie the repository to one machine or one package registry
FOREIGN = ("/wo" + "rk/", "pypi" + ".org", "file" + "s.pythonhosted")


def _tracked() -> list[Path]:
    names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in names.splitlines() if (path := ROOT / name).is_file()]


def faults() -> list[str]:
    """Every broken rule, as a line that names the file."""
    found = []
    for path in _tracked():
        name = path.relative_to(ROOT)
        text = path.read_text(encoding="utf-8", errors="replace") if path.suffix in {".py", ".md", ".toml", ".yaml", ".txt", ""} else ""
        found += [f"{name}: names {word!r}, which is of one machine" for word in FOREIGN if word in text]
        if path.suffix != ".py":
            continue
        lines = text.count("\n")
        if lines > LIMIT and "migrations" not in path.parts:
            found.append(f"{name}: {lines} lines; {LIMIT} is the limit, one noun a module")
        if text.strip() and name.parts[0] in PACKAGES and "versions" not in path.parts:
            tree = ast.parse(text)
            if not ast.get_docstring(tree):
                found.append(f"{name}: no sentence that says what it holds")
            if name.parts[0] == "edi" and "data" not in name.parts:
                found += [f"{name}: imports {module}; edi is standard library only" for module in _foreign_imports(tree)]
    found += [f"{package}/README.md: missing" for package in PACKAGES if not (ROOT / package / "README.md").is_file()]
    page = subprocess.run([sys.executable, "-m", "gateway.settings_page"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    if SETTINGS.read_text(encoding="utf-8") != page:
        found.append("gateway/SETTINGS.md: not as the models are; `python -m gateway.settings_page > gateway/SETTINGS.md` writes it")
    return found


def _foreign_imports(tree: ast.AST) -> list[str]:
    modules: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            modules.append(node.module or "")
    return [module for module in modules if (top := module.split(".")[0]) != "edi" and top not in sys.stdlib_module_names]


if __name__ == "__main__":
    broken = faults()
    print("\n".join(broken) or "the house is in order")
    sys.exit(bool(broken))
