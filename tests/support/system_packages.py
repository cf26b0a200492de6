"""Installs the system packages that the tests need, through apt-get where it is there."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

#: program that must be found -> the Debian package that brings it
NEEDED = {"/usr/sbin/sshd": "openssh-server", "/usr/bin/openssl": "openssl", "/usr/bin/curl": "curl"}


def main() -> int:
    """Install what is missing; without root or apt-get say so, and the tests that need it skip with that word."""
    missing = [package for program, package in NEEDED.items() if not (Path(program).exists() or shutil.which(Path(program).name))]
    if not missing:
        return 0
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        print(f"not installed, and no right to install it: {', '.join(missing)}; the tests that need it will skip")
        return 0
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=environment, check=False)
    return subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
