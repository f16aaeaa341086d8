"""Make tiny ColBERT models and record what PyLate gives for them: the fixtures of the parity tests.

    pip install pylate==1.6.0 onnx onnxruntime
    python models/training/make_parity_fixtures.py --out test/fixtures/model/parity

The models have random weights; what counts is their shape. Each is written as PyLate saves one, loaded by PyLate,
exported to the folder layout of LightOn's ONNX models, and asked to encode some texts. Every case holds the token ids
and the rows that PyLate returns. Rows are base64 of little-endian float32.
"""
from __future__ import annotations

import argparse
import base64
import hashlib
import json
import logging
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import no_telemetry  # noqa: F401  (before onnxruntime)
import numpy as np
import onnx
import onnxruntime
import pylate
import torch
import transformers
from onnxruntime.quantization import QuantType, quantize_dynamic
from pylate import models as pylate_models
from tokenizers import Tokenizer
from torch import Tensor, nn

from parity_texts import PARITY_TEXTS, PUNCTUATION
from tiny_models import save_bert, save_modern_bert


@dataclass
class Variant:
    """One configuration of a model: how PyLate is told to use it, and what its onnx_config.json says."""

    name: str
    settings: dict[str, Any]
    """Arguments of pylate.models.ColBERT."""
    config: dict[str, Any] = field(default_factory=dict)
    """Fields of onnx_config.json to replace; None removes one."""


@dataclass
class Shape:
    """A model and its configurations. The graph is shared by all of them."""

    folder: str
    base: str
    heads: list[int]
    """Width of each projection."""
    lower_case: bool
    query_marker: str
    document_marker: str
    variants: list[Variant]


NO_EXPANSION = {"do_query_expansion": False}
SHAPES = [
    Shape(
        "modernbert",
        "modernbert",
        [16],
        False,
        "[Q] ",
        "[D] ",
        [
            Variant("LateOn-Code: one projection, no expansion, nothing skipped", {**NO_EXPANSION, "skiplist_words": []}),
            Variant(
                "GTE-ModernColBERT in PyLate: expansion unseen, punctuation skipped",
                {"do_query_expansion": True, "skiplist_words": PUNCTUATION, "query_length": 12},
            ),
            Variant(
                "expansion that all tokens see",
                {"do_query_expansion": True, "attend_to_expansion_tokens": True, "skiplist_words": ["the", ".", "  "]},
            ),
        ],
    ),
    Shape(
        "modernbert-two-projections",
        "modernbert",
        [48, 12],
        True,
        "[Q] ",
        "[D] ",
        [
            Variant(
                "LateOn-Code-edge: two projections, lower-cased",
                {**NO_EXPANSION, "skiplist_words": PUNCTUATION},
                {"query_prefix_id": None, "document_prefix_id": None},
            )
        ],
    ),
    Shape(
        "bert",
        "bert",
        [12],
        False,
        "[unused0]",
        "[unused1]",
        [
            Variant("answerai-colbert-small: token types, no expansion", {**NO_EXPANSION, "skiplist_words": PUNCTUATION}),
            Variant(
                "colbertv2.0 in PyLate: token types, expansion unseen",
                {"do_query_expansion": True, "skiplist_words": PUNCTUATION},
                # What a reader fills in: the ids of BERT, of which this vocabulary has others.
                {"query_prefix_id": None, "document_prefix_id": None, "mask_token_id": None, "pad_token_id": None},
            ),
        ],
    ),
]
QUERY_LENGTH = 20
DOCUMENT_LENGTH = 48


class Graph(nn.Module):
    """The modules of a PyLate model as one function: ids in, rows of length 1 out."""

    def __init__(self, model: pylate_models.ColBERT, with_types: bool) -> None:
        super().__init__()
        self.transformer = model[0].auto_model
        self.heads = nn.ModuleList(list(model)[1:])
        self.with_types = with_types

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor | None = None) -> Tensor:
        extra = {"token_type_ids": token_type_ids} if self.with_types else {}
        rows = self.transformer(input_ids=input_ids, attention_mask=attention_mask, **extra).last_hidden_state
        for head in self.heads:
            rows = head({"token_embeddings": rows})["token_embeddings"]
        return nn.functional.normalize(rows, dim=-1)


def export(model: pylate_models.ColBERT, target: Path, with_types: bool) -> None:
    names = ["input_ids", "attention_mask"] + (["token_type_ids"] if with_types else [])
    ids = torch.full((2, 7), 5, dtype=torch.int64)
    inputs = (ids, torch.ones_like(ids)) + ((torch.zeros_like(ids),) if with_types else ())
    torch.onnx.export(
        Graph(model, with_types).eval(),
        inputs,
        target,
        input_names=names,
        output_names=["output"],
        dynamic_axes={name: {0: "batch", 1: "seq"} for name in [*names, "output"]},
        opset_version=14,
        dynamo=False,  # the exporter that LightOn's files come from
    )
    quantised = target.with_name("model_int8.onnx")
    quantize_dynamic(target, quantised, weight_type=QuantType.QInt8)
    for path in (target, quantised):
        shorten(path)


def shorten(path: Path) -> None:
    """Drop what only serves debuggers: it is a third of so small a file."""
    model = onnx.load(path)
    graph = model.graph
    kept = {"": ""} | {value.name: value.name for value in [*graph.input, *graph.output]}

    def short(name: str) -> str:
        return kept.setdefault(name, f"v{len(kept)}")

    for node in graph.node:
        node.name = node.doc_string = ""
        del node.metadata_props[:]
        node.input[:] = [short(name) for name in node.input]
        node.output[:] = [short(name) for name in node.output]
    for constant in graph.initializer:
        constant.name = short(constant.name)
    del graph.value_info[:]
    onnx.checker.check_model(model)
    onnx.save(model, path)


def onnx_config(model: pylate_models.ColBERT, shape: Shape, changes: dict[str, Any]) -> dict[str, Any]:
    tokenizer = model.tokenizer
    config = {
        "model_type": "ColBERT",
        "model_name": f"tiny-{shape.folder}",
        "model_class": type(model[0].auto_model).__name__,
        "uses_token_type_ids": shape.base == "bert",
        "query_prefix": model.query_prefix,
        "document_prefix": model.document_prefix,
        "query_length": model.query_length,
        "document_length": model.document_length,
        "do_query_expansion": model.do_query_expansion,
        "attend_to_expansion_tokens": model.attend_to_expansion_tokens,
        "skiplist_words": model.skiplist_words,
        "embedding_dim": shape.heads[-1],
        "mask_token_id": tokenizer.mask_token_id,
        "pad_token_id": tokenizer.pad_token_id,
        "query_prefix_id": model.query_prefix_id,
        "document_prefix_id": model.document_prefix_id,
        "do_lower_case": model[0].do_lower_case,
    } | changes
    return {name: value for name, value in config.items() if value is not None}


class Recorder:
    """What PyLate makes of a text, and what it would make of one that spells special tokens if those were words."""

    def __init__(self, model: pylate_models.ColBERT, shape: Shape) -> None:
        self.model = model
        self.lower_case = shape.lower_case
        tokenizer = json.loads(model.tokenizer.backend_tokenizer.to_str())
        markers = {model.query_prefix, model.document_prefix}
        unknown = tokenizer["model"].get("unk_token")
        tokenizer["added_tokens"] = [
            token
            for token in tokenizer["added_tokens"]
            if token["content"] == unknown or not (token["special"] or token["content"] in markers)
        ]
        self.words_only = Tokenizer.from_str(json.dumps(tokenizer | {"post_processor": None}))
        self.words_only.no_truncation()
        self.words_only.no_padding()
        self.piece_ids = model.tokenizer.get_vocab()

    def features(self, text: str, is_query: bool) -> dict[str, Tensor]:
        return dict(self.model.tokenize([text], is_query=is_query))

    def plain_ids(self, text: str, is_query: bool) -> list[int]:
        """CLS, marker, words, SEP by the rules of `features`, with no word of the text taken for a special token."""
        model, tokenizer = self.model, self.model.tokenizer
        prepared = text.strip().lower() if self.lower_case else text.strip()
        marker, limit = (
            (model.query_prefix_id, model.query_length) if is_query else (model.document_prefix_id, model.document_length)
        )
        # By their spelling: a tokenizer that is read without some of its added tokens numbers the others anew.
        words = [self.piece_ids[piece] for piece in self.words_only.encode(prepared, add_special_tokens=False).tokens]
        return [tokenizer.cls_token_id, marker, *words[: limit - 3], tokenizer.sep_token_id]

    def case(self, text: str, is_query: bool) -> dict[str, Any]:
        features = self.features(text, is_query)
        n_real = int((features["input_ids"][0] != self.model.tokenizer.pad_token_id).sum())
        pylate_ids = features["input_ids"][0].tolist()
        plain = self.plain_ids(text, is_query)
        found: dict[str, Any] = {}
        if pylate_ids[: len(plain)] == plain:
            rows = self.model.encode([text], is_query=is_query, batch_size=1, show_progress_bar=False)[0]
            ids, n_attended = pylate_ids, int(features["attention_mask"].sum())
            assert is_query or n_attended == n_real == len(ids)
        else:
            # PyLate takes words of this text for its own tokens. Recorded for the difference, which is ours.
            found["pylateIds"] = pylate_ids
            ids, n_attended, rows = self.rows_of(plain, is_query)
        return found | {
            "ids": ids,
            "nAttended": n_attended,
            "nRows": len(rows),
            "rows": base64.b64encode(np.ascontiguousarray(rows, dtype="<f4").tobytes()).decode(),
        }

    def rows_of(self, plain: list[int], is_query: bool) -> tuple[list[int], int, np.ndarray]:
        model = self.model
        ids, n_attended = list(plain), len(plain)
        if is_query and model.do_query_expansion:
            ids += [model.tokenizer.mask_token_id] * (model.query_length - len(ids))
            n_attended = len(ids) if model.attend_to_expansion_tokens else n_attended
        attended = torch.tensor([[1] * n_attended + [0] * (len(ids) - n_attended)])
        features = {"input_ids": torch.tensor([ids]), "attention_mask": attended}
        if "token_type_ids" in self.features("a", is_query):
            features["token_type_ids"] = torch.zeros_like(attended)
        with torch.no_grad():
            rows = nn.functional.normalize(model.forward(features)["token_embeddings"][0], dim=-1).numpy()
        kept = [row for row, id in enumerate(ids) if is_query or id not in model.skiplist]
        return ids, n_attended, rows[kept]


def int8_cosine(folder: Path, cases: list[dict[str, Any]], skiplist: set[int], with_types: bool) -> dict[str, float]:
    """Mean and least cosine between rows of the int8 graph and PyLate's."""
    session = onnxruntime.InferenceSession(folder / "model_int8.onnx", providers=["CPUExecutionProvider"])
    cosines = []
    for case in cases:
        for side in ("query", "document"):
            ids = case[side]["ids"]
            mask = [1] * case[side]["nAttended"] + [0] * (len(ids) - case[side]["nAttended"])
            feeds = {"input_ids": np.array([ids]), "attention_mask": np.array([mask])}
            if with_types:
                feeds["token_type_ids"] = np.zeros_like(feeds["input_ids"])
            rows = session.run(None, feeds)[0][0]
            if side == "document":
                rows = rows[[id not in skiplist for id in ids]]
            expected = np.frombuffer(base64.b64decode(case[side]["rows"]), dtype="<f4").reshape(rows.shape)
            cosines.append((rows * expected).sum(-1))
    joined = np.concatenate(cosines)
    return {"mean": round(float(joined.mean()), 5), "least": round(float(joined.min()), 5)}


def record(shape: Shape, out: Path, work: Path) -> None:
    source = work / shape.folder
    save = save_bert if shape.base == "bert" else save_modern_bert
    save(source, shape.heads, shape.lower_case)
    with_types = shape.base == "bert"
    folder = out / shape.folder
    folder.mkdir(parents=True, exist_ok=True)
    variants = []
    for number, variant in enumerate(shape.variants):
        torch.manual_seed(2)  # PyLate draws the rows of the markers it adds
        settings = {"query_length": QUERY_LENGTH, "document_length": DOCUMENT_LENGTH} | variant.settings
        model = pylate_models.ColBERT(
            str(source),
            device="cpu",
            query_prefix=shape.query_marker,
            document_prefix=shape.document_marker,
            **settings,
        ).eval()
        if number == 0:
            export(model, folder / "model.onnx", with_types)
            tokenizer = model.tokenizer.backend_tokenizer
            # As an exporter may leave them: a reader must take neither for the model's limits.
            tokenizer.enable_truncation(9)
            tokenizer.enable_padding(length=11, pad_id=1, pad_token="[PAD]")
            written = json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=True, separators=(",", ":"))
            (folder / "tokenizer.json").write_text(written + "\n", encoding="utf-8")
            tokenizer.no_truncation()
            tokenizer.no_padding()
        recorder = Recorder(model, shape)
        cases = [
            {"name": name, "query": recorder.case(text, True), "document": recorder.case(text, False)}
            for name, text in PARITY_TEXTS.items()
        ]
        variants.append(
            {
                "name": variant.name,
                "config": onnx_config(model, shape, variant.config),
                "int8Cosine": int8_cosine(folder, cases, set(model.skiplist), with_types),
                "cases": cases,
            }
        )
        print(f"{variant.name}: int8 {variants[-1]['int8Cosine']}")
    written = json.dumps({"variants": variants}, ensure_ascii=True, separators=(",", ":"))
    # One case a line: a change shows which text it is about.
    (folder / "recorded.json").write_text(written.replace('{"name"', '\n{"name"') + "\n", encoding="utf-8")


def write_sums(out: Path) -> None:
    """Hashes of what was run and what came out, so that neither changes without the other."""
    here = Path(__file__).parent
    sources = [Path(__file__).name, "parity_texts.py", "tiny_models.py"]

    def digest(path: Path) -> str:
        return hashlib.sha256(path.read_bytes()).hexdigest()

    made = sorted(path for path in out.rglob("*") if path.is_file() and path.name != "parity.json")
    summary = {
        "comment": "Written by models/training/make_parity_fixtures.py.",
        "versions": {
            "pylate": pylate.__version__,
            "transformers": transformers.__version__,
            "torch": torch.__version__,
            "onnxruntime": onnxruntime.__version__,
        },
        "texts": PARITY_TEXTS,
        "scripts": {name: digest(here / name) for name in sources},
        "files": {path.relative_to(out).as_posix(): digest(path) for path in made},
    }
    (out / "parity.json").write_text(json.dumps(summary, ensure_ascii=True, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder of fixtures to write")
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as work:
        for shape in SHAPES:
            record(shape, arguments.out, Path(work))
    write_sums(arguments.out)


if __name__ == "__main__":
    main()
