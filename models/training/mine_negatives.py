"""Find for every training pair the pairs of its source that are easily taken for it: hard negatives.

    python models/training/mine_negatives.py --pairs PAIRS

Writes PAIRS/negatives.npy, int32 [pairs, NEGATIVES]: numbers of pairs, the likest first, -1 where there are fewer.
Likeness is of words (TF-IDF of a query and of bodies with contexts): who shares the query's words without being the
answer is what a reader of stems falls for. Which of them answer the query as well, training itself decides
(`train.py`, MARGIN): the model is at hand there, and better at it every step.
"""
from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from mine_pairs import words_of

NEGATIVES = 8
STEM = 5  # letters: enough to join parse, parser and parsing
ROWS = 1_000
HEAD = 1_200  # characters of a body: what training encodes of it


def stems(text: str) -> list[str]:
    return [word[:STEM].lower() for word in words_of(text) if len(word) > 1 and not word.isdigit()]


def nearest(pairs: list[dict]) -> np.ndarray:
    """Return for pairs of one source the places of the likest others [pairs, NEGATIVES]."""
    found = np.full((len(pairs), NEGATIVES), -1, np.int32)
    if len(pairs) <= NEGATIVES:
        return found
    vectorizer = TfidfVectorizer(analyzer=stems, sublinear_tf=True, dtype=np.float32)
    documents = vectorizer.fit_transform([f"{pair['context']} {pair['body'][:HEAD]}" for pair in pairs]).T.tocsr()
    queries = vectorizer.transform([pair["query"] for pair in pairs])
    for at in range(0, len(pairs), ROWS):
        likeness = (queries[at : at + ROWS] @ documents).toarray()
        most = min(3 * NEGATIVES, len(pairs) - 1)
        some = np.argpartition(-likeness, most, axis=1)[:, : most + 1]
        order = np.argsort(-np.take_along_axis(likeness, some, 1), axis=1)
        for row, others in enumerate(np.take_along_axis(some, order, 1)):
            found[at + row] = different(pairs, at + row, others)
    return found


def different(pairs: list[dict], own: int, others: np.ndarray) -> list[int]:
    """Leave out what is the pair itself, or its twin."""
    pair = pairs[own]
    kept, seen = [], {pair["body"]}
    for other in map(int, others):
        one = pairs[other]
        same = one["query"] == pair["query"] or (pair["name"] and one["name"] == pair["name"])
        if other != own and not same and one["body"] not in seen and len(kept) < NEGATIVES:
            kept.append(other)
            seen.add(one["body"])
    return kept + [-1] * (NEGATIVES - len(kept))


def mine(folder: Path) -> None:
    pairs = [json.loads(line) for line in (folder / "train.jsonl").open(encoding="utf-8")]
    by_source: dict[str, list[int]] = {}
    for index, pair in enumerate(pairs):
        by_source.setdefault(pair["source"], []).append(index)
    negatives = np.full((len(pairs), NEGATIVES), -1, np.int32)
    for source, members in by_source.items():
        places = nearest([pairs[index] for index in members])
        negatives[members] = np.where(places < 0, -1, np.array(members, np.int32)[places])
        print(source, len(members), "pairs", flush=True)
    np.save(folder / "negatives.npy", negatives)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=Path, required=True, help="folder that mine_pairs.py wrote")
    mine(parser.parse_args().pairs)


if __name__ == "__main__":
    main()
