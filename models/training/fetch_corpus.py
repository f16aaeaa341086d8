"""Fetch the corpus that shapes the vocabulary and the head: pinned packages, permissive licences.

    python models/training/fetch_corpus.py --out CORPUS

Each package comes through the ordinary client of its registry (pip, npm, go, cargo, mvn) and is unpacked
into CORPUS/<client>-<name>. Packages that are already there are kept, so a second run costs nothing.

No repository that search quality is measured on may appear here: a model that has seen the answers
proves nothing.
"""
from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import NamedTuple


class Package(NamedTuple):
    client: str
    name: str
    version: str
    licence: str
    languages: str


PACKAGES = [
    Package("pip", "numpy", "2.2.6", "BSD-3-Clause", "Python, C"),
    Package("pip", "networkx", "3.4.2", "BSD-3-Clause", "Python"),
    Package("pip", "sympy", "1.13.3", "BSD-3-Clause", "Python"),
    Package("pip", "nltk", "3.9.1", "Apache-2.0", "Python"),
    Package("pip", "twisted", "24.11.0", "MIT", "Python"),
    Package("pip", "mypy", "1.14.1", "MIT", "Python, C"),
    Package("pip", "pygments", "2.19.1", "BSD-2-Clause", "keywords and builtins of hundreds of languages"),
    Package("npm", "react-native", "0.76.6", "MIT", "Java, Kotlin, C++, Objective-C, JavaScript"),
    Package("npm", "eslint", "9.18.0", "MIT", "JavaScript"),
    Package("npm", "rxjs", "7.8.1", "Apache-2.0", "TypeScript"),
    Package("npm", "three", "0.172.0", "MIT", "JavaScript"),
    Package("npm", "webpack", "5.97.1", "MIT", "JavaScript"),
    Package("npm", "mocha", "11.0.1", "MIT", "JavaScript"),
    Package("npm", "date-fns", "4.1.0", "MIT", "JavaScript, TypeScript"),
    Package("npm", "highlight.js", "11.11.1", "BSD-3-Clause", "keywords of two hundred languages"),
    Package("npm", "monaco-editor", "0.52.2", "MIT", "TypeScript declarations, keywords of eighty languages"),
    Package("go", "golang.org/x/tools", "v0.29.0", "BSD-3-Clause", "Go"),
    Package("go", "golang.org/x/net", "v0.34.0", "BSD-3-Clause", "Go"),
    Package("go", "go.etcd.io/bbolt", "v1.3.11", "MIT", "Go"),
    Package("cargo", "regex-automata", "0.4.9", "MIT OR Apache-2.0", "Rust"),
    Package("cargo", "rayon", "1.10.0", "MIT OR Apache-2.0", "Rust"),
    Package("cargo", "syn", "2.0.96", "MIT OR Apache-2.0", "Rust"),
    Package("cargo", "image", "0.25.5", "MIT OR Apache-2.0", "Rust"),
    Package("mvn", "org.apache.commons:commons-lang3", "3.17.0", "Apache-2.0", "Java"),
    Package("mvn", "com.google.guava:guava", "33.4.0-jre", "Apache-2.0", "Java"),
    Package("mvn", "org.jetbrains.kotlin:kotlin-stdlib", "2.1.0", "Apache-2.0", "Kotlin"),
    Package("mvn", "org.scala-lang:scala-library", "2.13.16", "Apache-2.0", "Scala"),
    Package("mvn", "org.apache.groovy:groovy", "4.0.24", "Apache-2.0", "Java, Groovy"),
]


def run(command: list[str], folder: Path, **environment: str) -> None:
    subprocess.run(
        command, cwd=folder, check=True, stdout=subprocess.DEVNULL, env={**os.environ, **environment}
    )


def unpack(archive: Path, target: Path) -> None:
    if archive.suffix in (".whl", ".jar"):
        with zipfile.ZipFile(archive) as source:
            source.extractall(target)
    else:
        with tarfile.open(archive) as source:
            source.extractall(target, filter="data")


def fetch_pip(package: Package, scratch: Path, target: Path) -> None:
    # Wheels for one named platform, so that every machine reads the same files.
    run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        + ["--platform", "manylinux2014_x86_64", "--python-version", "3.11"]
        + [f"{package.name}=={package.version}", "--dest", "."],
        scratch,
    )
    unpack(next(scratch.glob("*.whl")), target)


def fetch_npm(package: Package, scratch: Path, target: Path) -> None:
    run(["npm", "pack", "--silent", f"{package.name}@{package.version}"], scratch)
    unpack(next(scratch.glob("*.tgz")), target)


def fetch_go(package: Package, scratch: Path, target: Path) -> None:
    run(["go", "mod", "init", "corpus"], scratch)
    run(["go", "mod", "download", f"{package.name}@{package.version}"], scratch, GOMODCACHE=str(scratch / "modules"))
    shutil.copytree(scratch / "modules" / f"{package.name}@{package.version}", target)
    run(["chmod", "-R", "u+w", str(scratch), str(target)], scratch)


def fetch_cargo(package: Package, scratch: Path, target: Path) -> None:
    (scratch / "src").mkdir()
    (scratch / "src/lib.rs").touch()
    manifest = '[package]\nname = "corpus"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\n'
    dependency = f'{package.name} = {{ version = "={package.version}", default-features = false }}\n'
    (scratch / "Cargo.toml").write_text(manifest + dependency)
    run(["cargo", "vendor", "--quiet", "vendor"], scratch)
    shutil.copytree(scratch / "vendor" / package.name, target)


def fetch_mvn(package: Package, scratch: Path, target: Path) -> None:
    run(
        ["mvn", "--batch-mode", "--quiet", "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"]
        + [f"-Dartifact={package.name}:{package.version}:jar:sources", "-DoutputDirectory=."],
        scratch,
    )
    unpack(next(scratch.glob("*.jar")), target)


FETCH = {"pip": fetch_pip, "npm": fetch_npm, "go": fetch_go, "cargo": fetch_cargo, "mvn": fetch_mvn}


def fetch_corpus(corpus: Path) -> None:
    """Bring every package of PACKAGES into the folder `corpus`."""
    corpus.mkdir(parents=True, exist_ok=True)
    for package in PACKAGES:
        target = corpus / f"{package.client}-{package.name.replace('/', '_').replace(':', '_')}"
        if target.exists():
            continue
        print(f"fetch {package.client} {package.name} {package.version}", flush=True)
        with tempfile.TemporaryDirectory() as scratch:
            unpacked = Path(scratch) / "unpacked"
            (Path(scratch) / "client").mkdir()
            FETCH[package.client](package, Path(scratch) / "client", unpacked)
            # Moved last: a folder that is there is complete.
            shutil.move(str(unpacked), target)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder for the packages")
    fetch_corpus(parser.parse_args().out)


if __name__ == "__main__":
    main()
