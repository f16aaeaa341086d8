"""Read source text from corpus folders: the same files in the same order on every machine."""
from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

# Prose counts too: queries are written in it.
LANGUAGE_OF_SUFFIX = {
    ".py": "python", ".pyi": "python", ".js": "javascript", ".mjs": "javascript", ".cjs": "javascript",
    ".jsx": "javascript", ".ts": "typescript", ".tsx": "typescript", ".mts": "typescript", ".go": "go",
    ".rs": "rust", ".java": "java", ".groovy": "java", ".kt": "kotlin", ".scala": "scala", ".c": "c",
    ".h": "c", ".cc": "cpp", ".cpp": "cpp", ".hpp": "cpp", ".m": "objective-c", ".mm": "objective-c",
    ".rb": "ruby", ".sh": "shell", ".css": "css", ".scss": "css", ".md": "prose", ".rst": "prose",
}
FILE_BYTES = (200, 200_000)  # smaller says nothing, larger is mostly generated
MAX_MEAN_LINE = 160  # longer lines: minified code or data tables
SKIPPED_FOLDERS = {"node_modules", "dist", "build", "min", "__pycache__"}


def source_files(folders: list[Path]) -> Iterator[tuple[str, Path]]:
    """Yield (language, path) in path order."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            language = LANGUAGE_OF_SUFFIX.get(path.suffix)
            if language is None or not path.is_file() or ".min." in path.name:
                continue
            if SKIPPED_FOLDERS.isdisjoint(path.relative_to(folder).parts):
                yield language, path


def read_source(path: Path) -> str | None:
    """Return the text of a hand-written file, else nothing."""
    if not FILE_BYTES[0] <= path.stat().st_size <= FILE_BYTES[1]:
        return None
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None
    return text if len(text) <= MAX_MEAN_LINE * (text.count("\n") + 1) else None


def sample_texts(folders: list[Path], bytes_per_language: int, seed: int = 1) -> dict[str, list[str]]:
    """Read up to `bytes_per_language` of each language, so that no language drowns the others."""
    files: dict[str, list[Path]] = {}
    for language, path in source_files(folders):
        files.setdefault(language, []).append(path)
    texts: dict[str, list[str]] = {}
    for language, paths in sorted(files.items()):
        random.Random(seed).shuffle(paths)
        taken = 0
        for path in paths:
            text = read_source(path)
            if text is None:
                continue
            texts.setdefault(language, []).append(text)
            taken += len(text)
            if taken >= bytes_per_language:
                break
    return texts


def chunks(text: str, characters: int = 1_100) -> Iterator[str]:
    """Cut a text at line ends into pieces of about as many non-blank characters as an indexed unit has."""
    lines: list[str] = []
    size = 0
    for line in text.splitlines():
        lines.append(line)
        size += len("".join(line.split()))
        if size >= characters:
            yield "\n".join(lines)
            lines, size = [], 0
    if lines:
        yield "\n".join(lines)
