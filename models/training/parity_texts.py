"""Texts of the parity fixtures: one of each kind that tokenizers have been seen to disagree about."""
from __future__ import annotations

import string

PUNCTUATION = list(string.punctuation)

LONG_WORD = "abcdefghij" * 13
# Too long for a WordPiece model, which makes it one token; any shorter beginning of it is many.
WORD_OF_120 = "xvyphw" * 20
LONG_LINE = "const handler = registerHandler(event, (payload) => process(payload)); "
PARITY_TEXTS = {
    "empty": "",
    "blanks": " \t\r\n ",
    "punctuation only": "=> { } (); [...] #!",
    "typescript": "export async function readManifest(path: string): Promise<Manifest> {\n  return JSON.parse(text)\n}",
    "python": "class HTTPServer2(Base):\n    def __init__(self, *, retries=3):\n        self._retries = retries\n",
    "go": "func (s *Server) ServeHTTP(w http.ResponseWriter) {\n\tif err := s.Err(); err != nil { return }\n}",
    "indentation": "if a:\n        b()\n\n\n                        c()   # twice\n\t\t\td()  \n",
    "question": "Where do we decide whether a file should be ignored?",
    "contractions": "don't I'll we've IT'S he'd y'all's 'quoted'",
    "accents composed": "Gr\u00f6\u00dfe na\u00efve caf\u00e9 \u00c0\u00c9\u00ce\u00d5\u00dc \u00c5ngstr\u00f6m",
    "accents decomposed": "Gro\u0308\u00dfe nai\u0308ve cafe\u0301 A\u030angstro\u0308m",
    "many marks": "e\u0301\u0323\u0301 \u0301alone a\u0363\u034f z\u0335\u0321\u035d",
    "turkish": "\u0130stanbul ILIK \u0131\u015f\u0131k",
    "greek": "\u039f\u0394\u039f\u03a3 \u03a3\u0391\u03a3 \u03c3\u03b1\u03c2.",
    "chinese, japanese, korean": "\u8aad\u307f\u8fbc\u307f\u8a2d\u5b9a parseConfig \u89e3\u6790\u914d\u7f6e \uad6c\uc131",
    "rare han": "a\U00020000\U0002a6d6b \uf900\U0002f800c \U0002b820d \U0002b920e",
    "cyrillic, arabic, hindi": "\u041f\u0430\u0440\u0441\u0435\u0440 \u0645\u062d\u0644\u0644 \u0935\u093f\u0928\u094d\u092f\u093e\u0938",
    "emoji": "\U0001f680 deploy\U0001f469\u200d\U0001f4bbnow \u2764\ufe0f done1\ufe0f\u20e3",
    "byte order mark": "\ufeffusing System;",
    "byte order mark at the end": "using System;\ufeff",
    "separators at the ends": "\u001c\u001f\u0085\u00a0\u3000text\u2028\u2029\u001d\u001e",
    "control characters": "a\u0000b\u0007c\u200bd\ufeffe\u0085f\u00a0g\u2028h\u001ci \u0085\ufeff j",
    "ligatures and widths": "\ufb01le \uff36\uff21\uff2c \u2460 \u00bd \u2167 x\u00b2 \u0663\u0664",
    "marker of a document in text": "F[D] = x [D] ",
    "marker of a query in text": "[Q] what [q] [unused0] [unused1]",
    "special tokens in text": "[CLS] a [SEP] b[MASK] c [PAD] [UNK] d",
    "other added tokens in text": "at |||IP_ADDRESS||| [unused2]x",
    "long word": LONG_WORD,
    "longer than the limit": LONG_LINE * 40,
    # A reader that looks at the beginning alone, ten characters a token, stops inside a word.
    "long words across the limit": " ".join([WORD_OF_120] * 60),
    "blanks across the limit": "a" + " " * 600 + "b",
    "no blank before the limit": "x=1;" * 300,
}
