"""Score an encoder on sources that training never sees: find a declaration by the first sentence of its comment.

    python models/training/evaluate.py --weights WORK/start.pt --weights WORK/stage1/model.pt \
        --model models/embedded --tokenizer models/embedded/tokenizer.json --pairs PAIRS

Prints the mean reciprocal rank by source and by language, for the quarter of queries that share fewest words with
what they look for, and for all with synonyms in place of each word that has any ("in other words"). The comment is
taken out of the declaration; body and context are encoded apart. Weights run in bfloat16, as in training; model folders
as the product runs them, in int8.
"""
from __future__ import annotations

import argparse
import json
import random
import statistics
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor

from batches import Texts
from check_embedded import Model
from encoder import TokenEncoder
from mine_pairs import words_of
from paraphrase import substitute
from train import encode, load_encoder, scores

QUERIES = 100
CANDIDATES = 250
LEAST_PAIRS = 40
LENGTHS = {"query": 48, "body": 256, "context": 48}
ROWS = 25


def choose(pairs: list[dict], seed: int = 7) -> list[dict]:
    """Doc comments where a source has enough of them, else comments within functions."""
    for kind in ("doc", "comment", "name"):
        some = [pair for pair in pairs if pair["kind"] == kind and len(pair["query"].split()) > 2]
        once: dict[tuple[str, str], dict] = {}
        for pair in some:  # overloads answer each other's queries
            once.setdefault((pair["name"], pair["query"]), pair)
        bodies = {pair["body"]: pair for pair in once.values()}
        if len(bodies) >= LEAST_PAIRS:
            return random.Random(seed).sample(list(bodies.values()), min(CANDIDATES, len(bodies)))
    return []


def shared_words(pair: dict) -> float:
    """Return the share of a query's words that its document has, cut to five letters."""
    query = {word[:5].lower() for word in words_of(pair["query"]) if len(word) > 3}
    document = {word[:5].lower() for word in words_of(f"{pair['body']} {pair['context']}")}
    return len(query & document) / len(query) if query else 1.0


@torch.no_grad()
def encode_all(encoder: TokenEncoder | Model, texts: Texts, found: list[str], kind: str) -> list[Tensor]:
    if isinstance(encoder, Model):
        ids = texts.ids(found, LENGTHS[kind], query=kind == "query")
        return [torch.from_numpy(encoder.run(row[row != texts.pad].tolist())) for row in ids]
    order = sorted(range(len(found)), key=lambda index: len(found[index]))
    rows: list[Tensor] = [torch.empty(0)] * len(found)
    for at in range(0, len(order), ROWS):
        some = order[at : at + ROWS]
        ids = texts.ids([found[index] for index in some], LENGTHS[kind], query=kind == "query")
        vectors, real = encode(encoder, ids, texts.pad)
        for index, row, mask in zip(some, vectors, real, strict=True):
            rows[index] = row[mask]
    return rows


def padded(rows: list[Tensor]) -> tuple[Tensor, Tensor]:
    vectors = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
    lengths = torch.tensor([len(row) for row in rows])
    return vectors, torch.arange(vectors.shape[1]) < lengths[:, None]


def reciprocal_ranks(encoder: TokenEncoder | Model, texts: Texts, pairs: list[dict]) -> tuple[list[float], list[float]]:
    """Return those of the queries as they are, and in other words."""
    bodies = encode_all(encoder, texts, [pair["body"] for pair in pairs], "body")
    contexts = encode_all(encoder, texts, [pair["context"] for pair in pairs], "context")
    documents, present = padded([torch.cat(both) for both in zip(bodies, contexts, strict=True)])

    def ranks_of(asked: list[str]) -> list[float]:
        queries = encode_all(encoder, texts, asked, "query")
        ranks: list[float] = []
        for at in range(0, len(queries), ROWS):
            rows, real = padded(queries[at : at + ROWS])
            found = scores(rows, real, documents, present)
            own = found[torch.arange(len(found)), torch.arange(at, at + len(found))]
            ranks += (1 / (found >= own[:, None]).sum(1)).tolist()
        return ranks

    asked = [pair["query"] for pair in pairs[:QUERIES]]
    return ranks_of(asked), ranks_of([" ".join(substitute(query.split(), random.Random(query), 1.0)) for query in asked])


def evaluate(encoder: TokenEncoder | Model, texts: Texts, held: dict[str, list[dict]]) -> dict:
    all_ranks: list[float] = []
    in_other_words: list[float] = []
    shares: list[float] = []
    by_source: dict[str, float] = {}
    by_language: dict[str, list[float]] = {}
    for source, pairs in held.items():
        ranks, others = reciprocal_ranks(encoder, texts, pairs)
        in_other_words += others
        by_source[source] = round(statistics.mean(ranks), 3)
        all_ranks += ranks
        for pair, rank in zip(pairs, ranks, strict=False):
            shares.append(shared_words(pair))
            by_language.setdefault(pair["language"], []).append(rank)
    order = sorted(range(len(shares)), key=shares.__getitem__)
    few = order[: len(order) // 4]
    return {
        "mean of sources": round(statistics.mean(by_source.values()), 4),
        "queries": len(all_ranks),
        "mean of queries": round(statistics.mean(all_ranks), 4),
        "right first": round(statistics.mean(rank == 1 for rank in all_ranks), 4),
        "in other words": round(statistics.mean(in_other_words), 4),
        "fewest shared words": round(statistics.mean(all_ranks[index] for index in few), 4),
        "most words shared there": round(shares[few[-1]], 2),
        "sources": by_source,
        "languages": {name: round(statistics.mean(some), 3) for name, some in sorted(by_language.items()) if len(some) > 20},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, action="append", default=[], help="weights to score; repeatable")
    parser.add_argument("--model", type=Path, action="append", default=[], help="model folder to score; repeatable")
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--pairs", type=Path, required=True, help="folder that mine_pairs.py wrote")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    texts = Texts(Tokenizer.from_file(str(arguments.tokenizer)))
    sources: dict[str, list[dict]] = {}
    for line in (arguments.pairs / "held.jsonl").open(encoding="utf-8"):
        pair = json.loads(line)
        sources.setdefault(pair["source"], []).append(pair)
    held = {source: chosen for source, pairs in sources.items() if (chosen := choose(pairs))}
    for file in arguments.weights:
        weights = torch.load(file, map_location="cpu", weights_only=True)
        if "encoder" in weights:  # a checkpoint
            file = file.with_suffix(".weights.pt")
            torch.save(weights["encoder"], file)
        print(json.dumps({"weights": str(file), **evaluate(load_encoder(file).eval().bfloat16(), texts, held)}), flush=True)
    for folder in arguments.model:
        print(json.dumps({"model": str(folder), **evaluate(Model(folder), texts, held)}), flush=True)


if __name__ == "__main__":
    main()
