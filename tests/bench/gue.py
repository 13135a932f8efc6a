#!/usr/bin/env python3
"""train and predict on the labelled 101-bp sets of GUE: AUROC and MCC (threshold 0.5) on their test parts.

Trained on train and dev together; a tenth of that, drawn by cislens, chooses the epoch. --train-size N: N positives and
N negatives drawn from train instead (a tenth of them chooses the epoch), for the comparison at equal training size.
Beside it: LS-GKM trained on 1,000 + 1,000 (mouse TF 3: all 952 + 952), and the best of five frozen DNA language models
with a classifier on all training data (published; Nature Communications 2025, s41467-025-65823-8).
"""

import random

from bench import Bench, Table, number, parameter_count, read_fasta, write_fasta

SETS = ("human_tf0", "human_tf1", "human_tf2", "mouse_tf3", "mouse_tf4")
LS_GKM = {"human_tf0": "0.878 / 0.623", "human_tf1": "0.890 / 0.626", "human_tf2": "0.854 / 0.531",
          "mouse_tf3": "0.974 / 0.830", "mouse_tf4": "0.755 / 0.374"}
LANGUAGE_MODEL = {"human_tf0": "0.88", "human_tf1": "0.87", "human_tf2": "0.82", "mouse_tf3": "0.76",
                  "mouse_tf4": "0.72"}


def options(parser):
    parser.add_argument("--sets", default=",".join(SETS), help="separated by commas")
    parser.add_argument("--train-size", type=int, metavar="N", help="positives, and negatives, to train on")
    parser.add_argument("--draw-seed", type=int, default=1, help="of --train-size")


def training_records(bench, name, part):
    """Records of one class, of train and dev or drawn from train."""
    parts = {p: bench.data / f"gue/{name}.{p}.{part}.fa.gz" for p in ("train", "dev")}
    size = bench.options.train_size or (200 if bench.options.quick else None)
    if size is None:
        return read_fasta(parts["train"]) + read_fasta(parts["dev"])
    records = read_fasta(parts["train"])
    return random.Random(f"{bench.options.draw_seed} {name} {part}").sample(records, min(size, len(records)))


def main():
    bench = Bench(__doc__, options)
    table = Table("set", "positives + negatives", "AUROC", "MCC", "LS-GKM AUROC / MCC", "language models AUROC",
                  "parameters", "minutes")
    for name in (["mouse_tf3"] if bench.options.quick else bench.options.sets.split(",")):
        files, counts = [], []
        for part in ("pos", "neg"):
            records = training_records(bench, name, part)
            counts.append(str(len(records)))
            files.append(write_fasta(records, bench.work / f"{name}.{part}.fa"))
        model = bench.work / name
        seconds, _ = bench.trained("train", files[0], model, "--background", files[1], "--test", 0)
        area, matthews, more = bench.auroc_of_prediction(
            model, *[bench.data / f"gue/{name}.test.{part}.fa.gz" for part in ("pos", "neg")])
        table.line([name, " + ".join(counts), number(area), number(matthews), LS_GKM[name], LANGUAGE_MODEL[name],
                    f"{parameter_count(model):,}", number((seconds + more) / 60, 1)])


if __name__ == "__main__":
    main()
