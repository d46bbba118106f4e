#!/usr/bin/env python3
"""Learns the linear models of src/text/linear.rs from ../../shared/data/text (see models/README.md).

Usage: python3 models/train.py DATA_DIR OUT_DIR [category|rumour|emotion]      (needs numpy, scipy and scikit-learn; deterministic)
Writes OUT_DIR/*.tsv: one character n-gram a line with its weights in thousandths. Weights only, never texts.
"""
import csv, gzip, json, re, sys, unicodedata
import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

csv.field_size_limit(10**9)
DATA, OUT = sys.argv[1], sys.argv[2]
CHARS_MAX = 2000  # as src/text/linear.rs
FIELDS = {
    "城乡建设": "urban_construction", "环境保护": "environment", "交通运输": "transport",
    "教育文体": "education_culture", "劳动和社会保障": "labour", "商贸旅游": "commerce_tourism",
    "卫生计生": "health",
}


def load(name, part):
    with gzip.open(f"{DATA}/{name}.{part}.csv.gz", "rt", encoding="utf-8", newline="") as f:
        return [(r["text"], r["label"]) for r in csv.DictReader(f)]


def normalise(text):
    """The n-gram view of src/text/normalise.rs: what differs there (invisible characters) hardly occurs here."""
    out = []
    for c in text:
        if c.isspace():
            out.append(" ")
        elif "\u4e00" <= c <= "\u9fff" or c in "，。、":
            out.append(c)
        else:
            out.append(unicodedata.normalize("NFKC", c).lower())
    text = re.sub("[\u200b-\u200f\u2060\ufeff\ufe0f]", "", "".join(out))
    return re.sub(r"[0-9]", "0", text)[:CHARS_MAX]


def grams(text):
    found = set()
    for run in normalise(text).split():
        for i in range(len(run)):
            for n in (1, 2, 3):
                if i + n <= len(run):
                    found.add(run[i : i + n])
    return found


class Space:
    def __init__(self, docs, df_min, allowed=None):
        self.cache = {}
        if allowed is None:
            df = {}
            for d in docs:
                for g in self.of(d):
                    df[g] = df.get(g, 0) + 1
            allowed = sorted(g for g, n in df.items() if n >= df_min)
        self.names = allowed
        self.index = {g: i for i, g in enumerate(allowed)}

    def of(self, doc):
        if doc not in self.cache:
            self.cache[doc] = sorted(grams(doc))
        return self.cache[doc]

    def matrix(self, docs):
        rows, cols, vals = [], [], []
        for r, d in enumerate(docs):
            ids = [self.index[g] for g in self.of(d) if g in self.index]
            if ids:
                v = 1 / np.sqrt(len(ids))
                rows += [r] * len(ids); cols += ids; vals += [v] * len(ids)
        return sp.csr_matrix((vals, (rows, cols)), shape=(len(docs), len(self.names)))


def select(docs, labels, weights, df_min, keep, c_wide, c_narrow, binary_names):
    """Fits on all n-grams, keeps those that weigh most, fits again on these alone."""
    wide = Space(docs, df_min)
    x = wide.matrix(docs)
    def fit(x, c):
        models = []
        for name in binary_names:
            y = np.array([1 if l == name else 0 for l in labels])
            m = LogisticRegression(C=c, solver="liblinear", random_state=1, max_iter=200)
            m.fit(x, y, sample_weight=weights)
            models.append((m.coef_[0], m.intercept_[0]))
        return models
    first = fit(x, c_wide)
    df = np.asarray((x > 0).sum(axis=0)).ravel()
    power = np.max([np.abs(w) for w, _ in first], axis=0) * np.sqrt(df)
    top = np.sort(np.argsort(-power, kind="stable")[:keep])
    narrow = Space(docs, df_min, [wide.names[i] for i in top])
    narrow.cache = wide.cache
    return narrow, fit(narrow.matrix(docs), c_narrow)


def scores(space, models, docs):
    x = space.matrix(docs)
    return np.column_stack([x @ w + b for w, b in models])


def write(name, space, models, columns, note):
    with open(f"{OUT}/{name}.tsv", "w", encoding="utf-8") as f:
        f.write(f"# {note}\n# learnt by models/train.py; see models/README.md\n")
        f.write("\t".join(["#bias"] + [str(round(b * 1000)) for _, b in models]) + "\n")
        f.write("\t".join(["#columns"] + columns) + "\n")
        for i, g in enumerate(space.names):
            w = [round(m[0][i] * 1000) for m in models]
            if any(w):
                f.write("\t".join([g] + [str(v) for v in w]) + "\n")


def f1(gold, said):
    labels = sorted(set(gold))
    out = []
    for l in labels:
        tp = sum(g == l == s for g, s in zip(gold, said)); fp = sum(s == l != g for g, s in zip(gold, said))
        fn = sum(g == l != s for g, s in zip(gold, said))
        out.append(2 * tp / max(1, 2 * tp + fp + fn))
    return float(np.mean(out))


def strip(text):
    return re.sub(r"\[.{1,8}?\]", "", text)


def polarity():
    docs, labels, weights = [], [], []
    sets = {"smp_all3": 1.0, "weibo2018": 1.0, "weibo100k": 0.5, "htl": 0.7, "waimai": 0.7, "shop10": 0.35}
    for name, w in sets.items():
        for text, label in load(name, "train"):
            y = {"positive": "1", "negative": "0"}.get(label, label)
            if y not in ("0", "1"):
                continue
            for t in {text, strip(text)} if name.startswith(("weibo", "smp")) else {text}:
                if t.strip():
                    docs.append(t); labels.append(y); weights.append(w)
    space, models = select(docs, labels, np.array(weights), 6, 22000, 4.0, 4.0, ["1"])
    write("polarity", space, models, ["positive"], "sentiment, two-way: > 0 is positive")
    for name in sets:
        dev = [(t, {"positive": "1", "negative": "0"}.get(l, l)) for t, l in load(name, "dev") if l != "neutral"]
        s = scores(space, models, [t for t, _ in dev])[:, 0] > 0
        print(name, "acc", round(np.mean([str(int(a)) == l for a, (_, l) in zip(s, dev)]), 4))
        if name.startswith("weibo100k"):
            s = scores(space, models, [strip(t) for t, _ in dev])[:, 0] > 0
            print(name, "stripped", round(np.mean([str(int(a)) == l for a, (_, l) in zip(s, dev)]), 4))
    return space, models


def neutrality(pol):
    train = load("smp_all3", "train")
    docs, labels = [t for t, _ in train], [l for _, l in train]
    space, models = select(docs, labels, np.ones(len(docs)), 4, 8000, 4.0, 4.0, ["neutral"])
    write("neutrality", space, models, ["neutral"], "sentiment, neutral or not: > 0 is neutral")
    dev = load("smp_all3", "dev")
    n = scores(space, models, [t for t, _ in dev])[:, 0]
    p = scores(pol[0], pol[1], [t for t, _ in dev])[:, 0]
    for t in (-0.6, -0.3, 0, 0.3):
        said = ["neutral" if a > t else "positive" if b > 0 else "negative" for a, b in zip(n, p)]
        print("smp_all3 three-way", t, "acc", round(np.mean([a == l for a, (_, l) in zip(said, dev)]), 4), "F1", round(f1([l for _, l in dev], said), 4))


def emotion():
    kinds = ["angry", "sad", "fear", "happy", "surprise", "neutral"]
    train = load("smp_usual6", "train") + load("smp_virus6", "train")
    docs, labels = [t for t, _ in train], [l for _, l in train]
    space, models = select(docs, labels, np.ones(len(docs)), 4, 7000, 4.0, 4.0, kinds)
    write("emotion", space, models, kinds, "emotion, one against the rest: the largest wins")
    for name in ("smp_usual6", "smp_virus6"):
        dev = load(name, "dev")
        said = [kinds[i] for i in scores(space, models, [t for t, _ in dev]).argmax(axis=1)]
        print(name, "acc", round(np.mean([a == l for a, (_, l) in zip(said, dev)]), 4), "F1", round(f1([l for _, l in dev], said), 4))


def category():
    train = load("zw7_seg", "train")
    docs, labels = [t.replace(" ", "") for t, _ in train], [FIELDS[l] for _, l in train]
    kinds = list(FIELDS.values())
    space, models = select(docs, labels, np.ones(len(docs)), 5, 7000, 8.0, 8.0, kinds)
    write("category", space, models, kinds, "category (领域), one against the rest")
    dev = load("zw7_seg", "dev")
    said = [kinds[i] for i in scores(space, models, [t.replace(" ", "") for t, _ in dev]).argmax(axis=1)]
    gold = [FIELDS[l] for _, l in dev]
    print("zw7", "acc", round(np.mean([a == l for a, l in zip(said, gold)]), 4), "F1", round(f1(gold, said), 4))


def rumour():
    train = load("rumor_ced", "train")
    docs, labels = [t for t, _ in train], [l for _, l in train]
    # Letters and titles of news are no rumours; without them everything that is not Weibo looks like one.
    with gzip.open(f"{DATA}/zw_messages_4326.jsonl.gz", "rt", encoding="utf-8") as f:
        letters = [json.loads(line) for line in f][::3]
    others = [l["title"] + "\n" + l["text"] for l in letters] + [t for t, _ in load("tnews", "train")][::10]
    others += [t for t, l in load("smp_all3", "train")][::10]
    weights = [1.3 if l == "rumor" else 1.0 for l in labels] + [0.15] * len(others)
    docs, labels = docs + others, labels + ["nonrumor"] * len(others)
    space, models = select(docs, labels, np.array(weights), 3, 6000, 8.0, 8.0, ["rumor"])
    write("rumour", space, models, ["rumour"], "rumour: > 0 looks like one")
    dev = load("rumor_ced", "dev")
    said = ["rumor" if s > 0 else "nonrumor" for s in scores(space, models, [t for t, _ in dev])[:, 0]]
    gold = [l for _, l in dev]
    print("rumor_ced", "acc", round(np.mean([a == l for a, l in zip(said, gold)]), 4), "F1", round(f1(gold, said), 4))


if __name__ == "__main__" and len(sys.argv) > 3:
    {"category": category, "rumour": rumour, "emotion": emotion}[sys.argv[3]]()
elif __name__ == "__main__":
    category()
    rumour()
    emotion()
    neutrality(polarity())
