"""Mine pairs of a query and the unit that answers it, from units that cut_units.mjs wrote.

    python models/training/mine_pairs.py --units UNITS --out PAIRS

Four kinds: a doc comment's first sentence and the declaration without it; the words of a name and its
declaration; a comment inside a function and the function without it; a heading and its section. Writes
PAIRS/train.jsonl and PAIRS/held.jsonl (whole sources that training never sees).
"""
from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from training_sources import SOURCES, check_sources

DECLARATIONS = {"function", "method", "class", "interface", "type", "enum", "constant"}
TESTS = re.compile(r"(^|/)(tests?|specs?|__tests__|testdata|fixtures?|examples?)(/|$)|[._-](test|spec)s?\.|_test\b|Tests?\.", re.I)
MOST_PAIRS = {"doc": 6_000, "name": 2_000, "comment": 3_000, "heading": 600}  # of one source
CONTEXT_FOLDERS = 3  # as server/src/ingest/unitText.ts has it
WORDS_OF_QUERY = (3, 32)

MARKERS = re.compile(r"^\s*(///?!?|/\*+!?|\*(?!/)|#+|--+\s?\|?|\{-\s?\|?|;+|%+|\"{3}|'{3}|@(module)?doc\s+(~S)?\"{3})\s?")
ENDS = re.compile(r"\s*(\*+/|-\}|\"{3}|'{3})\s*$")
INLINE = re.compile(r"^\s*(//+|#(?![\[!])+|--+(?!\[)|;+)\s+(?P<text>[A-Z][^\n]*|[a-z]+ [a-z]+ [^\n]*)$")
TAGS = re.compile(r"^\s*([@\\]\w+|:\w+[^:]*:|<(param|returns|exception|typeparam)\b|(Args|Arguments|Parameters|Returns|Raises|Examples?|Note|Notes|See also)\s*:?\s*$|[=-]{3,}|#+\s)", re.I)
NO_QUERY = re.compile(r"copyright|licen[sc]e|todo|fixme|eslint|noinspection|inheritdoc|auto-?generated|do not edit|^(private|internal|deprecated|see|returns?)\b.{0,12}$", re.I)
BORDER = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[\W_]+")


def plain(text: str) -> str:
    """Take mark-up out of a sentence."""
    text = re.sub(r"\{@\w+\s+([^}]*)\}", r"\1", text)
    text = re.sub(r"<see\w*\s+\w+=\"(?:\w:)?([^\"]*)\"\s*/?>", r"\1", text)
    text = re.sub(r"</?\w+[^>]{0,40}>", " ", text)
    text = re.sub(r":\w+:(?=`)|[`*]+|!?\[(?=[^\]]*\]\()|\]\([^)]*\)|https?://\S+", " ", text)
    return " ".join(text.replace("[", " ").replace("]", " ").split())


def first_paragraph(doc: str) -> list[str]:
    lines: list[str] = []
    for line in doc.splitlines():
        line = MARKERS.sub("", line).strip()
        if not line and not lines:
            continue
        if not line or TAGS.match(line):
            break
        lines.append(line)
    return lines


def first_sentence(doc: str) -> str | None:
    text = " ".join(first_paragraph(doc)) + " "
    return as_query(re.split(r"(?<=[.!?])\s+(?=[A-Z`({])|(?<=\w\w)\.\s", text, maxsplit=1)[0])


def as_query(text: str) -> str | None:
    text = plain(text).rstrip(".: ")
    letters = sum(character.isascii() and (character.isalpha() or character == " ") for character in text)
    if not WORDS_OF_QUERY[0] <= len(text.split()) <= WORDS_OF_QUERY[1] or letters < 0.8 * len(text):
        return None
    return None if NO_QUERY.search(text) else text


def bare(line: str) -> str:
    return " ".join(ENDS.sub("", MARKERS.sub("", line)).split())


def without(text: str, lines: set[str], at_most: int = 400) -> str:
    """Leave out the lines of a comment, and the markers that then stand alone."""
    kept = []
    for line in text.splitlines():
        words = bare(line)
        if words in lines and at_most > 0:
            at_most -= 1
        elif words or not line.strip():
            kept.append(line)
    return "\n".join(kept).strip("\n")


def doc_lines(doc: str) -> set[str]:
    return {words for line in doc.splitlines() if (words := bare(line)) and len(words) > 2}


def strip_doc(unit: dict) -> str:
    """Return the text of a unit without its doc comment (XML tags are not in `doc`, but in the text)."""
    text = re.sub(r"(?m)^\s*///.*$\n?", "", unit["text"]) if unit["language"] in ("csharp", "fsharp") else unit["text"]
    return without(text, doc_lines(unit["doc"]))


def strip_paragraph(unit: dict) -> str:
    """Return the text of a unit without the first paragraph of its doc comment: what is indexed has the rest."""
    lines = {words for line in first_paragraph(unit["doc"]) if (words := bare(line))}
    return without(unit["text"], lines, len(lines))


def words_of(name: str) -> list[str]:
    return [word for word in BORDER.split(name) if word]


def context_of(unit: dict) -> str:
    parts = unit["path"].split("/")[-CONTEXT_FOLDERS - 1 :]
    stem = re.sub(r"(?<=.)\.[^.]*$", "", parts.pop())
    return " ".join(part for part in [*parts, stem, unit["container"]] if part)


def pairs_of(unit: dict, rng: random.Random) -> Iterator[tuple[str, str, str]]:
    """Yield (kind, query, body)."""
    if unit["kind"] == "section":
        heading = as_query(f"{unit['container'].split(' > ')[-1]} {unit['name']}".strip())
        body = without(unit["text"], {bare(unit["text"].splitlines()[0])}, 1)
        if heading and unit["name"] and len(body) > 80:
            yield "heading", heading, body
        return
    if unit["kind"] not in DECLARATIONS or len(unit["text"]) < 60:
        return
    # A unit keeps its comment when it is indexed; only the query's own words must not stand in it.
    whole, body = unit["text"], strip_doc(unit)
    sentence = first_sentence(unit["doc"]) if unit["doc"] else None
    if sentence and len(body) >= 30:
        yield "doc", sentence, body
    words = words_of(unit["name"])
    if 2 <= len(words) <= 8 and len(body) >= 80:
        yield "name", " ".join(words), whole
    comments = [
        (line, query)
        for line in body.splitlines()[1:]
        if (found := INLINE.match(line)) and (query := as_query(found["text"])) and len(query.split()) >= 5
    ]
    if comments and unit["kind"] in ("function", "method", "constant"):
        line, query = rng.choice(comments)
        rest = without(whole, {bare(line)})
        if len(rest) >= 80:
            yield "comment", query, rest


def mine_source(file: Path, source: str, rng: random.Random) -> list[dict]:
    found: dict[str, list[dict]] = {}
    seen: Counter[str] = Counter()
    bodies: set[int] = set()
    for line in file.open(encoding="utf-8"):
        unit = json.loads(line)
        if TESTS.search(unit["path"]) and rng.random() < 0.8:
            continue
        for kind, query, body in pairs_of(unit, rng):
            key = hash((kind, body))
            # One sentence above many overloads says nothing about any of them.
            if seen[query] >= 2 or key in bodies:
                continue
            seen[query] += 1
            bodies.add(key)
            # The product's limits: 256 tokens.
            pair = {"kind": kind, "query": query, "body": body[:2_400], "context": context_of(unit)}
            pair |= {"name": unit["name"], "language": unit["language"], "source": source}
            pair["folder"] = unit["path"].rpartition("/")[0]
            if kind == "doc" and (rest := strip_paragraph(unit)[:2_400]) != pair["body"]:
                pair["rest"] = rest
            found.setdefault(kind, []).append(pair)
    pairs = []
    for kind, some in found.items():
        pairs += rng.sample(some, min(len(some), MOST_PAIRS[kind]))
    return pairs


def mine(units: Path, out: Path) -> None:
    sources = json.loads(SOURCES.read_text(encoding="utf-8"))["sources"]
    check_sources(sources, [], None)
    out.mkdir(parents=True, exist_ok=True)
    counts: Counter[tuple[str, str]] = Counter()
    languages: Counter[tuple[str, str]] = Counter()
    with (out / "train.jsonl").open("w") as train, (out / "held.jsonl").open("w") as held:
        for source in sources:
            name = source["name"].replace("/", "+")
            kept_out = source.get("heldOut", False)
            for pair in mine_source(units / f"{name}.jsonl", name, random.Random(name)):
                (held if kept_out else train).write(json.dumps(pair) + "\n")
                side = "held" if kept_out else "train"
                counts[side, pair["kind"]] += 1
                languages[pair["language"], side] += 1
    print(json.dumps({" ".join(key): count for key, count in sorted(counts.items())}))
    print(json.dumps({" ".join(key): count for key, count in sorted(languages.items())}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--units", type=Path, required=True, help="folder that cut_units.mjs wrote")
    parser.add_argument("--out", type=Path, required=True, help="folder for the pairs")
    arguments = parser.parse_args()
    mine(arguments.units, arguments.out)


if __name__ == "__main__":
    main()
