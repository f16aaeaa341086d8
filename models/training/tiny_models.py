"""Tiny ColBERT models with random weights, in the layout that PyLate saves and loads."""
from __future__ import annotations

import json
import string
from collections import Counter
from pathlib import Path

import torch
from pylate.models import Dense
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertConfig, BertModel, ModernBertConfig, ModernBertModel, PreTrainedModel

from parity_texts import PARITY_TEXTS

WIDTH = 32
LAYERS = 2
BERT_SPECIALS = ["[PAD]", "[unused0]", "[unused1]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
# Far wider than usual, so that rows depend on every token in sight.
SPREAD = 0.25
SPECIALS = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]
TRAINING_TEXTS = [text for text in PARITY_TEXTS.values() if len(text) < 300] * 3


def save_modern_bert(target: Path, heads: list[int], lower_case: bool) -> None:
    """Like ModernBERT: byte-level BPE with runs of blanks as tokens, global and local attention in turn."""
    tokenizer = modern_bert_tokenizer()
    ids = {piece: tokenizer.token_to_id(piece) for piece in SPECIALS}
    config = ModernBertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=WIDTH,
        intermediate_size=WIDTH,
        num_hidden_layers=LAYERS,
        num_attention_heads=2,
        max_position_embeddings=128,
        global_attn_every_n_layers=2,
        local_attention=8,
        initializer_range=SPREAD,
        pad_token_id=ids["[PAD]"],
        bos_token_id=ids["[CLS]"],
        cls_token_id=ids["[CLS]"],
        eos_token_id=ids["[SEP]"],
        sep_token_id=ids["[SEP]"],
    )
    torch.manual_seed(1)
    save(target, ModernBertModel(config), tokenizer, heads, lower_case)


def save_bert(target: Path, heads: list[int], lower_case: bool) -> None:
    """Like BERT: uncased WordPiece, positions and token types."""
    tokenizer = bert_tokenizer()
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=WIDTH,
        intermediate_size=WIDTH,
        num_hidden_layers=LAYERS,
        num_attention_heads=2,
        max_position_embeddings=64,
        initializer_range=2 * SPREAD,
        pad_token_id=tokenizer.token_to_id("[PAD]"),
    )
    torch.manual_seed(1)
    save(target, BertModel(config, add_pooling_layer=False), tokenizer, heads, lower_case)


def modern_bert_tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=440,
        special_tokens=["|||IP_ADDRESS|||", "<|padding|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TRAINING_TEXTS, trainer)
    tokenizer = Tokenizer.from_str(plain_token(tokenizer, "|||IP_ADDRESS|||"))
    tokenizer.add_tokens([AddedToken(" " * length, normalized=True) for length in range(24, 1, -1)])
    tokenizer.add_special_tokens(
        [AddedToken(piece, lstrip=piece == "[MASK]", normalized=False, special=True) for piece in SPECIALS]
    )
    tokenizer.add_tokens([AddedToken(f"[unused{number}]", normalized=True) for number in range(4)])
    tokenizer.post_processor = template(tokenizer)
    return tokenizer


def plain_token(tokenizer: Tokenizer, piece: str) -> str:
    """The tokenizer with one of its special tokens made an ordinary added one, as the real file has it."""
    parsed = json.loads(tokenizer.to_str())
    for token in parsed["added_tokens"]:
        if token["content"] == piece:
            token |= {"special": False, "normalized": True}
    return json.dumps(parsed)


def bert_tokenizer() -> Tokenizer:
    """A WordPiece tokenizer. The library's trainer breaks ties another way each time, hence this vocabulary.

    [unused0] and [unused1] are pieces and no added tokens, as in BERT's own file.
    """
    normalizer = normalizers.BertNormalizer(
        clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=True
    )
    pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    counts: Counter[str] = Counter()
    for text in TRAINING_TEXTS:
        words = [word for word, _ in pre_tokenizer.pre_tokenize_str(normalizer.normalize_str(text))]
        counts.update(words)
        counts.update("##" + word[start:] for word in words for start in range(1, len(word)))
    singles = {piece for piece in counts if len(piece.removeprefix("##")) == 1} | set(string.punctuation)
    singles |= {prefix + letter for prefix in ("", "##") for letter in string.ascii_lowercase}
    longer = sorted(counts.keys() - singles, key=lambda piece: (-counts[piece], piece))
    pieces = [*BERT_SPECIALS, *sorted(singles), *longer[:160]]
    vocabulary = {piece: id for id, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.add_special_tokens([piece for piece in BERT_SPECIALS if not piece.startswith("[unused")])
    tokenizer.post_processor = template(tokenizer)
    return tokenizer


def template(tokenizer: Tokenizer) -> processors.TemplateProcessing:
    return processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(piece, tokenizer.token_to_id(piece)) for piece in ("[CLS]", "[SEP]")],
    )


def save(target: Path, model: PreTrainedModel, tokenizer: Tokenizer, heads: list[int], lower_case: bool) -> None:
    target.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(target)
    tokenizer.save(str(target / "tokenizer.json"))
    special = {"unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "pad": "[PAD]", "mask": "[MASK]"}
    write(target / "tokenizer_config.json", {
        "tokenizer_class": "PreTrainedTokenizerFast",
        # BERT's tokenizer gives token types, ModernBERT's does not.
        "model_input_names": ["input_ids", "attention_mask"]
        + (["token_type_ids"] if isinstance(model, BertModel) else []),
        "clean_up_tokenization_spaces": True,
        **{f"{name}_token": piece for name, piece in special.items()},
    })
    write(target / "sentence_bert_config.json", {"max_seq_length": 63, "do_lower_case": lower_case})
    modules = [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}]
    width = WIDTH
    for number, size in enumerate(heads, start=1):
        torch.manual_seed(10 + number)
        name = f"{number}_Dense"
        head = Dense(width, size, bias=False)
        torch.nn.init.normal_(head.linear.weight, std=SPREAD)
        (target / name).mkdir(exist_ok=True)
        head.save(str(target / name))
        modules.append({"idx": number, "name": str(number), "path": name, "type": "pylate.models.Dense.Dense"})
        width = size
    write(target / "modules.json", modules)
    write(target / "config_sentence_transformers.json", {"similarity_fn_name": "MaxSim"})


def write(target: Path, content: object) -> None:
    target.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
