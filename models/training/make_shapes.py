"""Make models of the large models' shapes with random weights, to measure how fast they run.

    pip install transformers onnx onnxruntime
    python models/training/make_shapes.py --tokenizer MODERNBERT --out WORK/shapes

MODERNBERT is a folder with the tokenizer.json of a ColBERT model on ModernBERT, whose "[Q] " and "[D] " are tokens of
it. What is written is what `npm run bench -- encode --models WORK/shapes` takes: a folder a shape, each with an int8
graph. Speed does not depend on the weights; vectors of these models mean nothing.
"""
from __future__ import annotations

import argparse
import json
import logging
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import no_telemetry  # noqa: F401  (before onnxruntime)
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn
from transformers import ModernBertConfig, ModernBertModel


@dataclass
class Shape:
    name: str
    like: str
    layers: int
    width: int
    inner: int
    attention_heads: int
    projections: list[int]
    """Width of each."""
    lower_case: bool


SHAPES = [
    Shape("edge", "LateOn-Code-edge", 7, 256, 384, 4, [512, 48], True),
    Shape("base", "LateOn-Code", 22, 768, 1152, 12, [128], False),
]
QUERY_LENGTH = 256
DOCUMENT_LENGTH = 2048


class Graph(nn.Module):
    """Ids in, rows of length 1 out."""

    def __init__(self, shape: Shape, config: ModernBertConfig) -> None:
        super().__init__()
        self.transformer = ModernBertModel(config)
        widths = [shape.width, *shape.projections]
        self.projections = nn.ModuleList(nn.Linear(a, b, bias=False) for a, b in zip(widths, widths[1:]))

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        rows = self.transformer(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        for projection in self.projections:
            rows = projection(rows)
        return nn.functional.normalize(rows, dim=-1)


def make(shape: Shape, tokenizer_file: Path, target: Path) -> None:
    tokenizer = json.loads(tokenizer_file.read_text(encoding="utf-8"))
    ids = {token["content"]: token["id"] for token in tokenizer["added_tokens"]}
    config = ModernBertConfig(
        vocab_size=max(*ids.values(), *tokenizer["model"]["vocab"].values()) + 1,
        hidden_size=shape.width,
        intermediate_size=shape.inner,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.attention_heads,
        pad_token_id=ids["[PAD]"],
        bos_token_id=ids["[CLS]"],
        cls_token_id=ids["[CLS]"],
        eos_token_id=ids["[SEP]"],
        sep_token_id=ids["[SEP]"],
    )
    torch.manual_seed(1)
    graph = Graph(shape, config).eval()
    target.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(tokenizer_file, target / "tokenizer.json")
    example = torch.full((2, 7), 5, dtype=torch.int64)
    with tempfile.TemporaryDirectory() as work:
        exported = Path(work) / "model.onnx"
        torch.onnx.export(
            graph,
            (example, torch.ones_like(example)),
            exported,
            input_names=["input_ids", "attention_mask"],
            output_names=["output"],
            dynamic_axes={name: {0: "batch", 1: "seq"} for name in ("input_ids", "attention_mask", "output")},
            opset_version=14,
            dynamo=False,  # the exporter that LightOn's files come from
        )
        # With the settings of LightOn's exporter, too.
        quantize_dynamic(exported, target / "model_int8.onnx", weight_type=QuantType.QInt8)
    written = {
        "model_type": "ColBERT",
        "model_name": f"{shape.like}, random weights",
        "model_class": "ModernBertModel",
        "uses_token_type_ids": False,
        "query_prefix": "[Q] ",
        "document_prefix": "[D] ",
        "query_length": QUERY_LENGTH,
        "document_length": DOCUMENT_LENGTH,
        "do_query_expansion": False,
        "attend_to_expansion_tokens": False,
        "skiplist_words": [],
        "embedding_dim": shape.projections[-1],
        "mask_token_id": ids["[MASK]"],
        "pad_token_id": ids["[PAD]"],
        "query_prefix_id": ids["[Q] "],
        "document_prefix_id": ids["[D] "],
        "do_lower_case": shape.lower_case,
    }
    (target / "onnx_config.json").write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
    n_weights = sum(weights.numel() for weights in graph.parameters())
    print(f"{target}: {shape.layers} layers x {shape.width}, {n_weights / 1e6:.1f}M weights")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokenizer", type=Path, required=True, help="folder with ModernBERT's tokenizer.json")
    parser.add_argument("--out", type=Path, required=True, help="folder for the models")
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    for shape in SHAPES:
        make(shape, arguments.tokenizer / "tokenizer.json", arguments.out / shape.name)


if __name__ == "__main__":
    main()
