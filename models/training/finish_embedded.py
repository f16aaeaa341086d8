"""Make a model folder of trained weights: export, quantise, describe.

    python models/training/finish_embedded.py --weights WORK/stage1/model.pt --tokenizer models/embedded/tokenizer.json \
        --out models/embedded --work WORK

The tokenizer must be the one that the weights were trained with. The float graph is WORK/model.onnx.
"""
from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from make_embedded import write_model
from train import load_encoder

NAME = "lateral-embedded-v3.1"


def finish(weights: Path, tokenizer: Path, out: Path, work: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    work.mkdir(parents=True, exist_ok=True)
    if tokenizer.resolve() != (out / "tokenizer.json").resolve():
        shutil.copyfile(tokenizer, out / "tokenizer.json")
    write_model(load_encoder(weights).eval(), out, work, NAME, "models/training/finish_embedded.py")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True, help="model.pt that train.py wrote")
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="model folder to write")
    parser.add_argument("--work", type=Path, required=True, help="folder for the float model")
    arguments = parser.parse_args()
    finish(arguments.weights, arguments.tokenizer, arguments.out, arguments.work)


if __name__ == "__main__":
    main()
