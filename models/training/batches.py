"""Batches of pairs for training: which pairs stand together, and what is done to their texts."""
from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from mine_pairs import words_of
from paraphrase import ask, substitute
from vocabulary import DOCUMENT_MARKER, QUERY_MARKER, SPECIALS

KINDS = {"doc": 0.6, "name": 0.12, "comment": 0.2, "heading": 0.08}
HARD = 3  # hard negatives drawn with a pair
QUERY_LENGTH = 32
CONTEXT_LENGTH = 24
STOP_WORDS = set(
    "a an and are as at be by can for from has have if in into is it its of on or that the their then there these"
    " this to used was we when where which will with should not given".split()
)
STEM = 5
# What an identifier or a word starts with is taken for its stem.
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


class Batch(NamedTuple):
    queries: Tensor
    bodies: Tensor
    contexts: Tensor
    same: Tensor  # [n, n]: true where another pair's document may answer as well


class Pairs:
    """Mined pairs, drawn so that one language or large source does not drown the others."""

    def __init__(self, file: Path) -> None:
        self.pairs = [json.loads(line) for line in file.open(encoding="utf-8")]
        self.by_source: dict[str, dict[str, list[int]]] = {}
        self.by_language: dict[str, list[int]] = {}
        self.by_folder: dict[tuple[str, str], list[int]] = {}
        for index, pair in enumerate(self.pairs):
            self.by_source.setdefault(pair["source"], {}).setdefault(pair["kind"], []).append(index)
            self.by_language.setdefault(pair["language"], []).append(index)
            self.by_folder.setdefault((pair["source"], pair["folder"]), []).append(index)
        self.sources = sorted(self.by_source)
        self.weights = [sum(map(len, self.by_source[source].values())) ** 0.5 for source in self.sources]

        negatives = file.with_name("negatives.npy")
        self.negatives = np.load(negatives) if negatives.exists() else np.empty((len(self.pairs), 0), np.int32)

    def draw(self, size: int, rng: random.Random) -> list[dict]:
        """Half from one source (some of them from one folder, some easily taken for one another: the hardest to tell
        apart), a quarter each from its language and from anywhere."""
        source = rng.choices(self.sources, self.weights)[0]
        first = self.one_of(source, rng)
        pair = self.pairs[first]
        chosen = {first}
        neighbours = self.by_folder[source, pair["folder"]]
        chosen.update(rng.sample(neighbours, min(len(neighbours), size // 8)))
        for _ in range(size // 10):
            seed = self.one_of(source, rng)
            hard = [int(index) for index in self.negatives[seed] if index >= 0]
            chosen.update([seed, *rng.sample(hard, min(len(hard), HARD))] if hard else [])
        language = self.by_language[pair["language"]]
        for goal, draw in (
            (size // 2, lambda: self.one_of(source, rng)),
            (size * 3 // 4, lambda: rng.choice(language)),
            (size, lambda: self.one_of(rng.choices(self.sources, self.weights)[0], rng)),
        ):
            for _ in range(4 * size):
                if len(chosen) >= goal:
                    break
                chosen.add(draw())
        return [self.pairs[index] for index in sorted(chosen)]

    def one_of(self, source: str, rng: random.Random) -> int:
        kinds = self.by_source[source]
        kind = rng.choices(list(kinds), [KINDS[kind] for kind in kinds])[0]
        return rng.choice(kinds[kind])


def vary_query(pair: dict, rng: random.Random) -> str:
    """Turn a mined query into what people type."""
    query, name, kind = pair["query"], pair["name"], pair["kind"]
    if kind == "name":
        draw = rng.random()
        if draw < 0.4:
            return name
        words = query.lower().split()
        return query if draw < 0.7 else " ".join(ask(substitute(words, rng, 0.3), rng))
    if kind != "heading" and name and rng.random() < 0.08:
        return name if rng.random() < 0.5 else " ".join(words_of(name))
    words = query.split()
    # Go's comments start with the name: mostly that must not be all there is to match.
    if name and words[0] == name and len(words) > 3 and rng.random() < 0.7:
        words = words[1:]
    if rng.random() < 0.4:
        words = substitute(words, rng, 0.5)
    draw = rng.random()
    if draw < 0.2:
        kept = [word for word in words if word.lower() not in STOP_WORDS]
        if len(kept) > 3:
            kept = [word for word in kept if rng.random() < 0.8] or kept
        words = kept or words
    elif draw < 0.55:
        words = ask(words, rng)
    elif draw < 0.6 and name:
        words = [*words, name] if rng.random() < 0.5 else [name, *words]
    return " ".join(words)


def vary_body(pair: dict, query: str, rng: random.Random) -> str:
    body, name, kind = pair["body"], pair["name"], pair["kind"]
    # What is indexed has its comment: at times all of it but the sentence that is the query.
    if "rest" in pair and rng.random() < 0.4:
        body = pair["rest"]
    hide = {"name": 0.35, "doc": 0.15, "comment": 0.05, "heading": 0.0}[kind]
    if name and query != name and rng.random() < hide:
        return re.sub(rf"\b{re.escape(name)}\b", "it", body)
    if kind in ("doc", "comment") and rng.random() < 0.25:
        return hide_shared(query, body, rng)
    return body


def hide_shared(query: str, body: str, rng: random.Random) -> str:
    """Take about half of the stems that a query shares with a body out of the body: the others, and what they mean,
    must do."""
    shared = {word[:STEM].lower() for word in words_of(query) if len(word) > 2 and word.lower() not in STOP_WORDS}
    hidden = {stem for stem in sorted(shared) if rng.random() < 0.5}
    return WORD.sub(lambda found: " " if found[0][:STEM].lower() in hidden else found[0], body)


class Texts:
    """Texts to padded ids: CLS, marker, words, SEP, as the runtime builds them."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self.pad = SPECIALS.index("[PAD]")

    def ids(self, texts: list[str], limit: int, query: bool = False) -> Tensor:
        marker = SPECIALS.index(QUERY_MARKER if query else DOCUMENT_MARKER)
        rows = []
        for encoding in self.tokenizer.encode_batch([text.strip() for text in texts]):
            start, *words, end = encoding.ids
            rows.append([start, marker, *words[: limit - 3], end])
        width = max(map(len, rows))
        return torch.tensor([row + [self.pad] * (width - len(row)) for row in rows])


def make_batch(pairs: list[dict], texts: Texts, body_length: int, rng: random.Random) -> Batch:
    queries = [vary_query(pair, rng) for pair in pairs]
    bodies = [vary_body(pair, query, rng)[: body_length * 12] for pair, query in zip(pairs, queries, strict=True)]
    contexts = [pair["context"] if rng.random() < 0.9 else "" for pair in pairs]

    def equal(*keys: str) -> Tensor:
        values = [tuple(pair[key] for key in keys) for pair in pairs]
        return torch.tensor([[one == other for other in values] for one in values])

    # Overloads and twins answer each other's queries.
    same = equal("query") | equal("body") | (equal("source", "name") & torch.tensor([bool(pair["name"]) for pair in pairs]))
    return Batch(
        texts.ids(queries, QUERY_LENGTH, query=True),
        texts.ids(bodies, body_length),
        texts.ids(contexts, CONTEXT_LENGTH),
        same & ~torch.eye(len(pairs), dtype=torch.bool),
    )
