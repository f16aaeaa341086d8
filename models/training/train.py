"""Train the token encoder by contrast: a query against its own document and those of its batch.

    python models/training/train.py --start WORK/start.pt --tokenizer models/embedded/tokenizer.json \
        --pairs PAIRS --out WORK/stage1 --minutes 55

Where PAIRS has negatives.npy (mine_negatives.py), batches hold hard negatives too: stage 2. Writes checkpoint.pt every
few minutes and goes on from it when started again. At the end: model.pt, and mean.pt, the moving mean of the weights
on the way. The learning rate follows the share of `--minutes` or `--steps` that is used up, whichever is larger.
"""
from __future__ import annotations

import argparse
import copy
import json
import os
import random
import time
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from batches import Batch, Pairs, Texts, make_batch
from encoder import TokenEncoder

BODY_LENGTH = 112
# Some batches are long, and of half as many pairs, so that late positions are not strange to the layers.
LONG_BODY_LENGTH = 216
LONG_SHARE = 0.1
TEMPERATURE = 0.05
# Another pair's document that beats the answer by more answers the query too, more often than not.
MARGIN = 0.08
BODY_RATE = 2e-4
HEAD_RATE = 5e-4
WORDS_RATE = 1e-4
MEAN_STEPS = 150  # of the moving mean
MEAN_EVERY = 5
WIDTHS = [8, 12, 16, 24, 32, 48, 64, 80, 96, 112, 144, 176, 216]  # of texts that are encoded together
ROWS = 4
WARM_UP = 0.04
CHECKPOINT_SECONDS = 150
LOG_STEPS = 25


def load_encoder(file: Path) -> TokenEncoder:
    weights = torch.load(file, map_location="cpu", weights_only=True)
    vocabulary, width = weights["words.weight"].shape
    layers = len({name.split(".")[1] for name in weights if name.startswith("layers.")})
    inner = len(weights["layers.0.widen.weight"])
    encoder = TokenEncoder(
        vocabulary, len(weights["positions.weight"]), width, width // 32, inner, layers, len(weights["head.weight"])
    )
    encoder.load_state_dict(weights)
    return encoder


def encode(encoder: TokenEncoder, ids: Tensor, pad: int) -> tuple[Tensor, Tensor]:
    """Return unit vectors [n, length, dim] and which of them count [n, length]."""
    mask = (ids != pad).long()
    projected = encoder.head(encoder.states(ids, mask))
    return functional.normalize(projected.float(), dim=-1), mask.bool()


def scores(queries: Tensor, real: Tensor, documents: Tensor, present: Tensor) -> Tensor:
    """Mean over a query's tokens of the best product with a document's tokens [queries, documents]."""
    n_queries, q_length, dim = queries.shape
    n_documents, d_length, _ = documents.shape
    products = queries.reshape(-1, dim) @ documents.reshape(-1, dim).T
    products = products.view(n_queries, q_length, n_documents, d_length)
    best = products.masked_fill(~present, -2.0).amax(-1)
    return (best * real[..., None]).sum(1) / real.sum(1, keepdim=True)


def encode_together(encoder: TokenEncoder, kinds: list[Tensor], pad: int) -> list[tuple[Tensor, Tensor]]:
    """Encode texts of several kinds in groups of like length, as padding costs as much as words: 40% of all.

    Widths and numbers of rows are rounded up, since a product of a new shape costs as much to prepare as to compute.
    What is padding in the answer is each text's first vector once more: it changes no maximum.
    """
    widest = max(ids.shape[1] for ids in kinds)
    rows = torch.cat([functional.pad(ids, (0, widest - ids.shape[1]), value=pad) for ids in kinds])
    lengths = (rows != pad).sum(1)
    groups = torch.bucketize(lengths, torch.tensor(WIDTHS))
    vectors: list[Tensor] = []
    places = torch.empty(len(rows), dtype=torch.int64)  # of a row's first vector among all
    count = 0
    for group in groups.unique().tolist():
        some = (groups == group).nonzero()[:, 0]
        width = WIDTHS[group]
        ids = functional.pad(rows[some], (0, width - widest, 0, -len(some) % ROWS), value=pad)
        vectors.append(encode(encoder, ids, pad)[0].flatten(0, 1))
        places[some] = count + torch.arange(len(some)) * width
        count += ids.numel()
    every = torch.cat(vectors)
    answer = []
    for ids, starts, own in zip(kinds, *(each.split([len(ids) for ids in kinds]) for each in (places, lengths)), strict=True):
        steps = torch.arange(int(own.max()))
        real = steps < own[:, None]
        answer.append((functional.embedding(starts[:, None] + steps * real, every), real))
    return answer


class BestProducts(torch.autograd.Function):
    """The best product of each word [words, dim] with the vectors of each document [documents, length, dim].

    A maximum has a gradient at one place only. Spread out again as a matrix of mostly zeros, it takes two products,
    which this hardware does faster than it gathers.
    """

    @staticmethod
    def forward(context, words: Tensor, documents: Tensor) -> Tensor:
        words, flat = words.bfloat16(), documents.bfloat16().flatten(0, 1)
        products = (words @ flat.T).view(len(words), *documents.shape[:2])
        best, places = products.max(-1)
        context.save_for_backward(words, flat, places)
        context.shape = products.shape
        return best.float()

    @staticmethod
    def backward(context, gradient: Tensor) -> tuple[Tensor, Tensor]:
        words, flat, places = context.saved_tensors
        spread = torch.zeros(context.shape, dtype=torch.bfloat16)
        spread.scatter_(2, places[..., None], gradient[..., None].bfloat16())
        spread = spread.view(len(words), -1)
        to_documents = (spread.T @ words).view(*context.shape[1:], -1)
        return (spread @ flat).float(), to_documents.float()


def batch_scores(queries: Tensor, real: Tensor, documents: Tensor) -> Tensor:
    """What `scores` gives, made for gradients; padding of documents must be copies of vectors that are real."""
    found = BestProducts.apply(queries[real], documents)
    total = torch.zeros(len(queries), len(documents)).index_add(0, real.nonzero()[:, 0], found)
    return total / real.sum(1, keepdim=True)


def loss_of(encoder: TokenEncoder, batch: Batch, pad: int) -> tuple[Tensor, float]:
    kinds = [batch.queries, batch.bodies, batch.contexts]
    (queries, real), (bodies, _), (contexts, _) = encode_together(encoder, kinds, pad)
    # Encoded apart, scored as one set of tokens: so does the product.
    found = batch_scores(queries, real, torch.cat([bodies, contexts], dim=1))
    answers = found.detach() > found.detach().diagonal()[:, None] + MARGIN
    right = torch.arange(len(found))
    accuracy = (found.detach().masked_fill(batch.same, -2.0).argmax(1) == right).float().mean().item()
    found = found.masked_fill(batch.same | answers, -2.0)
    return functional.cross_entropy(found / TEMPERATURE, right), accuracy


def rate_at(progress: float) -> float:
    return progress / WARM_UP if progress < WARM_UP else max(0.02, (1 - progress) / (1 - WARM_UP))


def train(arguments: argparse.Namespace) -> None:
    torch.set_num_threads(arguments.threads)
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "pid").write_text(f"{os.getpid()}\n")
    texts = Texts(Tokenizer.from_file(str(arguments.tokenizer)))
    pairs = Pairs(arguments.pairs / "train.jsonl")
    encoder = load_encoder(arguments.start).train()
    encoder.positions.requires_grad_(False)
    encoder.words.requires_grad_(arguments.train_words)
    share = arguments.rate / BODY_RATE
    head, words = list(encoder.head.parameters()), list(encoder.words.parameters())
    body = [p for name, p in encoder.named_parameters() if name.startswith(("layers.", "norm."))]
    groups = [{"params": body, "rate": arguments.rate}, {"params": head, "rate": share * HEAD_RATE}]
    if arguments.train_words:
        groups.append({"params": words, "rate": share * WORDS_RATE, "weight_decay": 0.0})
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01, fused=True)
    # Steps go through a copy in bfloat16, twice as fast as casting on the way; its gradients move the float weights.
    half = copy.deepcopy(encoder).bfloat16()
    both = [pair for pair in zip(encoder.parameters(), half.parameters(), strict=True) if pair[0].requires_grad]
    trained, copies = [one for one, _ in both], [other for _, other in both]
    mean = {name: value.clone() for name, value in encoder.state_dict().items()}
    step, used = 0, 0.0
    checkpoint = arguments.out / "checkpoint.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        encoder.load_state_dict(state["encoder"])
        optimizer.load_state_dict(state["optimizer"])
        mean, step, used = state["mean"], state["step"], state["used"]
        print(json.dumps({"resumed": step}), flush=True)

    def save() -> None:
        part = checkpoint.with_suffix(".part")
        state = {"encoder": encoder.state_dict(), "optimizer": optimizer.state_dict(), "mean": mean}
        torch.save(state | {"step": step, "used": used}, part)
        part.replace(checkpoint)

    saved = last = time.monotonic()
    total = [0.0, 0.0]
    while True:
        progress = max(step / arguments.steps, used / (60 * arguments.minutes))
        if progress >= 1:
            break
        # Every step has its own seed: a resumed run draws what it would have drawn.
        rng = random.Random(f"{arguments.seed} {step}")
        long = rng.random() < LONG_SHARE
        drawn = pairs.draw(arguments.batch // 2 if long else arguments.batch, rng)
        batch = make_batch(drawn, texts, LONG_BODY_LENGTH if long else BODY_LENGTH, rng)
        for group in optimizer.param_groups:
            group["lr"] = group["rate"] * rate_at(progress)
        with torch.no_grad():
            torch._foreach_copy_(copies, trained)
        half.zero_grad()
        loss, accuracy = loss_of(half, batch, texts.pad)
        loss.backward()
        for one, other in both:
            one.grad = other.grad.float()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        step += 1
        if step % MEAN_EVERY == 0:
            for name, value in encoder.state_dict().items():
                mean[name].lerp_(value, MEAN_EVERY / min(MEAN_STEPS, step + MEAN_EVERY))
        total = [total[0] + loss.item(), total[1] + accuracy]
        now = time.monotonic()
        used += now - last
        last = now
        if step % LOG_STEPS == 0:
            loss, accuracy = [round(value / LOG_STEPS, 3) for value in total]
            line = {"step": step, "loss": loss, "accuracy": accuracy, "used_s": round(used), "progress": round(progress, 3)}
            print(json.dumps(line), flush=True)
            total = [0.0, 0.0]
        if now - saved > CHECKPOINT_SECONDS:
            save()
            saved = now
    save()
    torch.save(encoder.state_dict(), arguments.out / "model.pt")
    torch.save(mean, arguments.out / "mean.pt")
    print(json.dumps({"done": step, "used_s": round(used)}), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--start", type=Path, required=True, help="weights to start from")
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--pairs", type=Path, required=True, help="folder that mine_pairs.py wrote")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints and the model")
    parser.add_argument("--batch", type=int, default=128, help="pairs of a step")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--steps", type=int, default=6_000)
    parser.add_argument("--rate", type=float, default=BODY_RATE, help="peak learning rate of the layers")
    parser.add_argument("--train-words", action="store_true", help="train the embeddings of words too")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
