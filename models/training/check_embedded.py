"""Check a model folder and measure it; write the parity fixture that the JavaScript tests read.

    python models/training/check_embedded.py --model models/embedded --float WORK/model.onnx \
        --corpus CORPUS --fixture test/fixtures/model/embedded-parity.json

Prints one JSON object: cosine of int8 to float vectors, tokens a second, milliseconds a query.
"""
from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import no_telemetry  # noqa: F401  (before onnxruntime)
import onnxruntime
from tokenizers import Tokenizer

from corpus import chunks, sample_texts

QUERIES = [
    "where is the configuration file parsed",
    "retry a request with exponential backoff",
    "parseHttpHeader",
    "how are database migrations applied in order",
    "convert a colour from RGB to HSL",
    "LRU cache eviction",
    "unit tests for the tokenizer",
    "which code decides if a file is ignored",
    "mutex guard dropped before await",
    "render a list of items with keyboard navigation",
    "validate an e-mail address",
    "read_exact from a socket with a timeout",
    "escape special characters in a shell command",
    "sort edges by weight and join their components",
    "handle SIGTERM and finish open connections",
    "what happens when the disk is full",
]

LONG_TEXT = "\n".join(f"const handler{i} = registerHandler('event{i}', (payload) => process(payload));" for i in range(40))
PARITY_TEXTS = {
    "empty": "",
    "blanks": " \t\r\n ",
    "punctuation only": "=> { } ();",
    "typescript": "export async function readManifest(path: string): Promise<Manifest> {\n  return JSON.parse(await fs.readFile(path, 'utf8'))\n}",
    "python": "class HTTPServer2(BaseServer):\n    def __init__(self, *, max_retries=3):\n        self._max_retries = max_retries\n",
    "rust": "impl<'a, T: Send + 'static> Iterator for IntoIter<'a, T> { fn next(&mut self) -> Option<&'a T> { None } }",
    "go": "func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {\n\tif err := s.ctx.Err(); err != nil { return }\n}",
    "shell": "set -euo pipefail; for f in \"$@\"; do [[ -e $f ]] || exit 1; done",
    "borders": "getHTTPResponse2xx XMLHttpRequest utf8ToBase64 SCREAMING_SNAKE_CASE kebab-case i18n x86_64 A1b2C3 aB AB",
    "prose": "Where do we decide whether a file should be ignored?",
    "accents composed": "Größe naïve café ÀÉÎÕÜ Ångström élanVital",
    "accents decomposed": "Gro\u0308ße nai\u0308ve cafe\u0301 A\u030angstro\u0308m",
    "turkish": "İstanbul ILIK ışık",
    "cjk": "読み込み設定ファイル parseConfig 解析配置文件 구성",
    "cyrillic, arabic, hindi": "ПарсерКонфигурации محلل الإعدادات विन्यास",
    "emoji": "🚀 deploy👩‍💻now ❤️ done1️⃣",
    "control characters": "a\u0000b\u0007c\u200bd\ufeffe\u0085f\u00a0g\u2028h",
    "other digits": "٣٤ x² ½ Ⅷ ４２abc",
    "marker in text": "[Q] x",
    "special tokens in text": "[CLS] [D] [SEP] [PAD] [MASK] [UNK] x",
    "very long word": "abcdefghij" * 12,
    "longer than the limit": LONG_TEXT,
}
FIXTURE_VALUES = 8


class Model:
    """A model folder, run as the product runs it: batch 1, no padding."""

    def __init__(self, folder: Path, graph: Path | None = None, threads: int = 1) -> None:
        self.config = json.loads((folder / "onnx_config.json").read_text(encoding="utf-8"))
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        path = str(graph or folder / "model_int8.onnx")
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def ids(self, text: str, kind: str) -> list[int]:
        """Return CLS, marker, words, SEP; `kind` is "query" or "document"."""
        start, *words, end = self.tokenizer.encode(text.strip()).ids
        return [start, self.config[f"{kind}_prefix_id"], *words[: self.config[f"{kind}_length"] - 3], end]

    def run(self, ids: list[int]) -> np.ndarray:
        row = np.array([ids], dtype=np.int64)
        return self.session.run(None, {"input_ids": row, "attention_mask": np.ones_like(row)})[0][0]


def cosines(model: Model, reference: Model, texts: list[str], kind: str) -> dict[str, float]:
    """Compare each token's int8 vector to its float vector."""
    found = np.concatenate(
        [(model.run(ids) * reference.run(ids)).sum(-1) for ids in (model.ids(text, kind) for text in texts)]
    )
    return {"mean": round(float(found.mean()), 4), "p01": round(float(np.quantile(found, 0.01)), 4)}


def query_ms(model: Model, length: int, runs: int = 300) -> float:
    ids = model.ids("find the function that reads settings " * 10, "query")[: length - 1] + [3]
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        model.run(ids)
        times.append(time.perf_counter() - start)
    return round(statistics.median(times) * 1000, 2)


def encode_for(seconds: float, folder: Path, length: int) -> float:
    """Return tokens a second of one session with one thread, over documents of one length."""
    model = Model(folder)
    rng = np.random.default_rng(0)
    ids = rng.integers(100, model.tokenizer.get_vocab_size(), size=(64, length)).tolist()
    model.run(ids[0])
    start, runs = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        model.run(ids[runs % len(ids)])
        runs += 1
    return runs * length / (time.perf_counter() - start)


def tokens_per_second(folder: Path, processes: int, length: int = 176, seconds: float = 8) -> int:
    """Add up what some processes of one thread each encode at the same time."""
    command = [sys.executable, __file__, "--model", str(folder), "--encode-for", str(seconds), str(length)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(processes)]
    return round(sum(float(process.communicate()[0]) for process in running))


def parity_fixture(model: Model) -> dict:
    def case(text: str, kind: str) -> dict:
        ids = model.ids(text, kind)
        vectors = model.run(ids)
        rows = sorted({0, 1, 2, len(ids) // 2, len(ids) - 1})
        return {
            "ids": ids,
            "rows": len(vectors),
            "vectors": [
                {"row": row, "values": [round(float(value), 6) for value in vectors[row][:FIXTURE_VALUES]]}
                for row in rows
            ],
        }

    return {
        "comment": "Written by models/training/check_embedded.py. Python onnxruntime, model_int8.onnx, batch 1.",
        "onnxruntime": onnxruntime.__version__,
        "dim": model.config["embedding_dim"],
        "cases": [
            {"name": name, "text": text, "document": case(text, "document"), "query": case(text, "query")}
            for name, text in PARITY_TEXTS.items()
        ],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="model folder")
    parser.add_argument("--float", type=Path, help="the float graph, to compare with")
    parser.add_argument("--corpus", type=Path, action="append", default=[], help="folder of source text for cosines")
    parser.add_argument("--fixture", type=Path, help="parity fixture to write")
    parser.add_argument("--encode-for", nargs=2, metavar=("SECONDS", "LENGTH"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.encode_for:
        seconds, length = arguments.encode_for
        print(encode_for(float(seconds), arguments.model, int(length)))
        return

    model = Model(arguments.model)
    report: dict = {"onnxruntime": onnxruntime.__version__}
    if arguments.float:
        reference = Model(arguments.model, arguments.float)
        texts = sample_texts(arguments.corpus, 300_000, seed=3)
        cut = [chunk for found in texts.values() for text in found for chunk in chunks(text)]
        documents = random.Random(4).sample(cut, min(200, len(cut)))
        report["cosine"] = {
            "documents": cosines(model, reference, documents, "document"),
            "queries": cosines(model, reference, QUERIES, "query"),
        }
        report["documentTokens"] = round(statistics.mean(len(model.ids(text, "document")) for text in documents), 1)
    report["queryMs"] = {length: query_ms(model, length) for length in (16, 32)}
    report["tokensPerSecond"] = {processes: tokens_per_second(arguments.model, processes) for processes in (1, 2)}
    if arguments.fixture:
        arguments.fixture.parent.mkdir(parents=True, exist_ok=True)
        fixture = json.dumps(parity_fixture(model), ensure_ascii=True, separators=(",", ":"))
        # One case a line: small, and a change shows which text it is about.
        arguments.fixture.write_text(fixture.replace('{"name"', '\n{"name"') + "\n", encoding="utf-8")
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
