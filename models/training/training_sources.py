"""Bring the sources of sources.json into one corpus folder, after a check that none is a benchmark's.

    python models/training/training_sources.py --out CORPUS --packages PACKAGES --clones 'CLONES/{owner}+{name}'

CORPUS/<owner>+<name> holds the files of one pinned revision. A repository comes from a git directory of
`--clones` where that has the revision, else from GitHub; packages come from the folder that
`fetch_corpus.py` fills; toolchains are those of this machine. Nothing here may be published again.
"""
from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sysconfig
import tempfile
from pathlib import Path

SOURCES = Path(__file__).with_name("sources.json")
PERMISSIVE = {
    "MIT", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "ISC", "PSF-2.0", "Zlib", "0BSD", "MIT OR Apache-2.0"
}

MAX_FILE_BYTES = 200_000

# Repositories that search quality is developed on, with the revision that is judged. A model that has seen the
# answers proves nothing. Those kept aside for a last measurement are not listed here, so that nobody can develop
# on them either: who holds their names passes them as `--also`.
BENCHMARK = {
    "pallets/flask": "258d68b6ff5e2244386540f48b48bab90d6ab827",
    "minishlab/model2vec": "b3012ee04e41c634383a5d735cb3c7c51e806a18",
    "expressjs/express": "8e022edc9185f540a3fcecaf5e56b850d919cdac",
    "reduxjs/redux": "aaa04ae8402ba2caba55a9c75bfa8d3df6c78f8c",
    "spf13/cobra": "61968e893eee2f27696c2fbc8e34fa5c4afaf7c4",
    "go-chi/chi": "a54874f0e2f12647a19e82ee70dfa8185014100c",
    "google/gson": "f4d371d29c04066dbe7fdb31f642831f9c7f40cd",
    "seldaek/monolog": "68b974809baff3f071893de61447212e9e688ee7",
    "sinatra/sinatra": "f891dd2b6f4911e356600efe6c3b82af97d262c6",
    "typelevel/cats": "2102251a2f24a6ee14e087fc5da7768d267f2d6e",
    "alamofire/alamofire": "e938f8c66708e7352fc7e3512647fa54255b267a",
    "pallets/click": "04ef3a6f473deb2499721a8d11f92a7d2c0912f2",
    "serde-rs/serde": "fa7da4a93567ed347ad0735c28e439fca688ef26",
    "colinhacks/zod": "c7805073fef5b6b8857307c3d4b3597a70613bc2",
    "dapperlib/dapper": "288730e69b05c32cac898d9b55ebea219ea8a2d1",
    "kotlin/kotlinx.coroutines": "643c1aa554139a82f60724a59e79b801f303fdfe",
    "elixir-plug/plug": "47649aa7bb910f481b66cc3e98c14b2c3b761c3c",
    "fmtlib/fmt": "382609a920d2c43c00f2951233bc0d578a783982",
    "libuv/libuv": "40178b916e5937ed43c557aa051bdb3f86f6ca93",
    "bats-core/bats-core": "d9faff0d7bc32e7adebc6552446f978118d3ab3b",
    "nvim-telescope/telescope.nvim": "471eebb1037899fd942cc0f52c012f8773505da1",
    "xmonad/xmonad": "59107a6c6f30d82d74449795a5c9149503f176ac",
    "hejsil/zig-clap": "fc1e5cc3f6d9d3001112385ee6256d694e959d2f",
}


def check_sources(sources: list[dict], also: list[str], clones: str | None) -> None:
    """Fail if a source is a benchmark's repository, a fork of one, or under terms that are not permissive."""
    forbidden = {name.lower() for name in [*BENCHMARK, *also]}
    bare = {name.split("/")[-1] for name in forbidden}
    problems = []
    for source in sources:
        name = source["name"].lower()
        # Forks mostly keep the name; packages carry it behind their client's.
        if name in forbidden or {name, name.split("/")[-1], name.split("-", 1)[-1]} & bare:
            problems.append(f"{source['name']} is, or is named like, a repository of the benchmark")
        if source["licence"] not in PERMISSIVE:
            problems.append(f"{source['name']}: licence {source['licence']}")
        folder = git_folder(source, clones)
        if folder is not None:
            problems += [f"{source['name']} has commits of {origin}" for origin in shared_history(folder)]
    if problems:
        raise SystemExit("\n".join(problems))


def shared_history(folder: Path) -> list[str]:
    """Return the benchmark's repositories whose judged commit is in a git directory: it is one of them, or a fork."""
    asked = "".join(f"{revision}\n" for revision in BENCHMARK.values())
    answer = git(folder, "cat-file", "--batch-check", text=asked).splitlines()
    return [name for name, line in zip(BENCHMARK, answer, strict=True) if not line.endswith("missing")]


def git_folder(source: dict, clones: str | None) -> Path | None:
    if source["from"] != "github" or clones is None:
        return None
    owner, name = source["name"].split("/")
    folder = Path(clones.format(owner=owner, name=name))
    folder = folder / ".git" if (folder / ".git").is_dir() else folder
    return folder if (folder / "objects").is_dir() else None


def git(folder: Path, *arguments: str, text: str = "") -> str:
    command = ["git", "--git-dir", str(folder), *arguments]
    return subprocess.run(command, input=text, capture_output=True, check=True, text=True).stdout


def bring_repository(source: dict, clones: str | None, target: Path) -> None:
    folder = git_folder(source, clones)
    with tempfile.TemporaryDirectory() as scratch:
        if folder is None:
            folder = Path(scratch) / "clone"
            url = f"https://github.com/{source['name']}.git"
            subprocess.run(["git", "clone", "--quiet", "--bare", url, str(folder)], check=True)
            if found := shared_history(folder):
                raise SystemExit(f"{source['name']} has commits of {', '.join(found)}")
        part = Path(scratch) / "files"
        write_files(folder, source["revision"], part)
        shutil.move(str(part), target)


def write_files(folder: Path, revision: str, target: Path) -> None:
    """Write the small plain files of a revision; the large ones are data, and not every mirror has them."""
    target.mkdir()
    entries = []
    for line in git(folder, "ls-tree", "-r", "-l", "-z", revision).split("\0")[:-1]:
        described, path = line.split("\t", 1)
        mode, kind, blob, size = described.split()
        if mode.startswith("100") and kind == "blob" and size.isdigit() and int(size) <= MAX_FILE_BYTES:
            entries.append((blob, int(size), path))
    asked = "".join(f"{blob}\n" for blob, _, _ in entries).encode()
    command = ["git", "--git-dir", str(folder), "cat-file", "--batch"]
    answer = subprocess.run(command, input=asked, capture_output=True, check=True).stdout
    at = 0
    for _, size, path in entries:
        at = answer.index(b"\n", at) + 1
        file = target / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(answer[at : at + size])
        at += size + 1


def toolchain_folder(name: str) -> Path:
    if name == "python":
        return Path(sysconfig.get_path("stdlib"))
    return Path(subprocess.run(["go", "env", "GOROOT"], capture_output=True, check=True, text=True).stdout.strip()) / "src"


def bring(source: dict, packages: Path, clones: str | None, corpus: Path) -> None:
    target = corpus / source["name"].replace("/", "+")
    if target.exists() or target.is_symlink():
        return
    print("bring", source["name"], flush=True)
    if source["from"] == "github":
        bring_repository(source, clones, target)
    elif source["from"] == "package":
        os.symlink((packages / source["name"]).resolve(strict=True), target)
    else:
        ignore = shutil.ignore_patterns("site-packages", "test", "tests", "testdata", "__pycache__", "cmd", "vendor")
        shutil.copytree(toolchain_folder(source["name"]), target, ignore=ignore, symlinks=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder for the sources")
    parser.add_argument("--packages", type=Path, required=True, help="folder that fetch_corpus.py filled")
    parser.add_argument("--clones", help="pattern of git directories at hand, with {owner} and {name}")
    parser.add_argument("--also", type=Path, help="file of further forbidden owner/name, one a line")
    parser.add_argument("--check", action="store_true", help="only check the list")
    arguments = parser.parse_args()
    also = arguments.also.read_text().split() if arguments.also else []
    sources = json.loads(SOURCES.read_text(encoding="utf-8"))["sources"]
    check_sources(sources, also, arguments.clones)
    if arguments.check:
        print(f"{len(sources)} sources, none of the {len(BENCHMARK) + len(also)} forbidden")
        return
    arguments.out.mkdir(parents=True, exist_ok=True)
    for source in sources:
        bring(source, arguments.packages, arguments.clones, arguments.out)


if __name__ == "__main__":
    main()
