"""Take the weights back out of an int8 model: training can go on where only the model that ships is left.

    python models/training/weights_of_onnx.py --model models/embedded --out WORK/v1.pt

Prints the cosine of the float vectors of these weights to the vectors of the int8 model.
"""
from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from check_embedded import PARITY_TEXTS, QUERIES, Model
from train import load_encoder


def weights_of(file: Path) -> dict[str, Tensor]:
    """Return the state of `TokenEncoder`; each int8 matrix with its scales multiplied in."""
    graph = onnx.load(file).graph
    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    weights = {name: array for name, array in tensors.items() if array.dtype == np.float32 and "_scale" not in name}

    def whole(name: str) -> np.ndarray:
        zero = tensors[f"{name}_zero_point"].astype(np.float32)
        return (tensors[f"{name}_quantized"].astype(np.float32) - zero) * tensors[f"{name}_scale"]

    for table in ("words.weight", "positions.weight"):
        weights[table] = whole(table)
    for node in graph.node:
        if node.op_type == "MatMulInteger":
            # /layers.0/attend/MatMul_quant holds the transpose of layers.0.attend.weight.
            layer = node.name.strip("/").rpartition("/")[0].replace("/", ".")
            weights[f"{layer}.weight"] = whole(node.input[1].removesuffix("_quantized")).T
    return {name: torch.from_numpy(np.array(array, np.float32, order="C")) for name, array in weights.items()}


@torch.no_grad()
def cosine(weights: Path, folder: Path) -> float:
    encoder, model = load_encoder(weights).eval(), Model(folder)
    found = []
    texts = [*QUERIES, *PARITY_TEXTS.values()]
    for text in random.Random(0).sample(texts, len(texts)):
        ids = model.ids(text, "document")
        row = torch.tensor([ids])
        found.append((encoder(row, torch.ones_like(row))[0].numpy() * model.run(ids)).sum(-1))
    return float(np.concatenate(found).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="model folder")
    parser.add_argument("--out", type=Path, required=True, help="weights to write")
    arguments = parser.parse_args()
    torch.save(weights_of(arguments.model / "model_int8.onnx"), arguments.out)
    print(json.dumps({"cosine to int8": round(cosine(arguments.out, arguments.model), 4)}))


if __name__ == "__main__":
    main()
