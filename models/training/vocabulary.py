"""Make tokenizer.json: an identifier-splitting normaliser and a vocabulary pruned to what code needs.

Everything that splits identifiers is in the normaliser, so the runtime needs no code for it. The patterns
keep to what both regex engines agree on (Oniguruma in the Rust library, ECMAScript in the JavaScript one):
lookaround of one character, and classes by general category. `\\s` is avoided: the engines differ in it.
"""
from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tokenizers import Tokenizer

# fooBar -> foo Bar, HTTPServer -> HTTP Server, utf8Text -> utf 8 Text
WORD_BORDER = r"(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})|(?<=\p{L})(?=\p{Nd})|(?<=\p{Nd})(?=\p{L})"
# Punctuation, symbols, line ends and control characters carry little for a third of all tokens.
NOT_A_WORD = r"[^\p{L}\p{M}\p{Nd} ]+"

QUERY_MARKER = "[Q] "
DOCUMENT_MARKER = "[D] "
SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", QUERY_MARKER, DOCUMENT_MARKER]

MIN_COUNT = 4  # a piece seen less often in the corpus is not worth its 384 bytes
SHORT_WORD = 4  # ASCII words up to this length stay, seen or not


def normalizer() -> dict:
    def replace(pattern: str) -> dict:
        return {"type": "Replace", "pattern": {"Regex": pattern}, "content": " "}

    # Borders first: after lower-casing there is no case left to see.
    bert = {
        "type": "BertNormalizer",
        "clean_text": True,
        "handle_chinese_chars": True,
        "strip_accents": True,
        "lowercase": True,
    }
    return {"type": "Sequence", "normalizers": [replace(WORD_BORDER), replace(NOT_A_WORD), bert]}


def post_processor() -> dict:
    def special(token: str) -> dict:
        return {"SpecialToken": {"id": token, "type_id": 0}}

    def ids(token: str) -> dict:
        return {"id": token, "ids": [SPECIALS.index(token)], "tokens": [token]}

    def sequence(name: str) -> dict:
        return {"Sequence": {"id": name, "type_id": 0}}

    return {
        "type": "TemplateProcessing",
        "single": [special("[CLS]"), sequence("A"), special("[SEP]")],
        "pair": [special("[CLS]"), sequence("A"), special("[SEP]"), sequence("B"), special("[SEP]")],
        "special_tokens": {token: ids(token) for token in ("[CLS]", "[SEP]")},
    }


def describe(vocabulary: dict[str, int]) -> dict:
    """Return tokenizer.json as data.

    `added_tokens` is empty on purpose. Added tokens are matched in the raw text, before normalisation, so a
    source file that contains "[D] " or "[SEP]" would get a marker or a separator in its middle. As plain
    vocabulary entries they are found by id only: the normaliser removes brackets, so no text spells them.
    """
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": normalizer(),
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": post_processor(),
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": vocabulary,
        },
    }


def count_pieces(vocabulary: dict[str, int], texts: Iterable[str]) -> Counter[str]:
    """Count the pieces that the unpruned vocabulary cuts the texts into."""
    tokenizer = Tokenizer.from_str(json.dumps(describe(vocabulary)))
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(tokenizer.encode(text, add_special_tokens=False).tokens)
    return counts


def prune(source: dict[str, int], counts: Counter[str]) -> list[str]:
    """Choose the pieces to keep, specials first, then in the order of the source vocabulary."""

    def kept(piece: str) -> bool:
        text = piece.removeprefix("##")
        if not re.fullmatch(r"[^\W_]+", text):
            return False  # punctuation and [unused7]: the normaliser lets none of it through
        # Single characters guarantee that any word of a known script can be spelt.
        if len(text) == 1 or counts[piece] >= MIN_COUNT:
            return True
        return piece == text and text.isascii() and text.isalpha() and len(text) <= SHORT_WORD

    pieces = sorted(source, key=source.__getitem__)
    return SPECIALS + [piece for piece in pieces if piece not in SPECIALS and kept(piece)]


def write_tokenizer(pieces: list[str], target: Path) -> None:
    vocabulary = {piece: index for index, piece in enumerate(pieces)}
    text = json.dumps(describe(vocabulary), ensure_ascii=False, separators=(",", ":"))
    Tokenizer.from_str(text)  # fails here rather than in the product
    target.write_text(text + "\n", encoding="utf-8")
