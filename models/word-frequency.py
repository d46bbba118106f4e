#!/usr/bin/env python3
"""word-frequency.py DATA > word-frequency.tsv: counts in how many texts each common word stands.

DATA is the folder of training texts (shared/data/text). Needs `pip install jieba==0.42.1`, whose dictionary jieba-rs shares.
Only words of Chinese characters that stand in at least 40 texts are kept: nothing in the table comes from a single writer.
"""
import csv, gzip, json, re, sys
from collections import Counter
from pathlib import Path
import jieba

jieba.setLogLevel(60)
KEEP_TEXTS_MIN = 40
ROWS_PER_FILE_MAX = 8000
WORD = re.compile(r"^[\u4e00-\u9fff]{2,}$")
FILES = ["weibo100k", "tnews", "rumor_ced", "smp_usual6", "shop10"]

def texts(data):
    with gzip.open(data / "zw_messages_4326.jsonl.gz", "rt", encoding="utf-8") as lines:
        for letter in map(json.loads, lines):
            yield letter["title"] + "。" + letter["text"]
    for name in FILES:
        with gzip.open(data / f"{name}.train.csv.gz", "rt", encoding="utf-8-sig") as rows:
            for n, row in enumerate(csv.DictReader(rows)):
                if n >= ROWS_PER_FILE_MAX:
                    break
                yield row["text"]

total, count = 0, Counter()
for text in texts(Path(sys.argv[1])):
    total += 1
    count.update({word for word in jieba.cut(text) if WORD.match(word)})
print(f"#texts\t{total}")
for word, n in sorted(count.items(), key=lambda item: (-item[1], item[0])):
    if n >= KEEP_TEXTS_MIN:
        print(f"{word}\t{n}")
