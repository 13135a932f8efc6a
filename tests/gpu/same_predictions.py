#!/usr/bin/env python3
"""Whether two tables of predictions have the same lines and numbers that differ by at most LIMIT.

  same_predictions.py A.tsv B.tsv LIMIT
"""

import sys


def lines(path):
    with open(path) as table:
        return [line.rstrip("\n").split("\t") for line in table if not line.startswith("##")]


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    first, second, limit = lines(sys.argv[1]), lines(sys.argv[2]), float(sys.argv[3])
    if len(first) != len(second):
        sys.exit(f"{len(first)} lines against {len(second)}")
    largest, numbers = 0.0, 0
    for number, (a, b) in enumerate(zip(first, second), 1):
        if len(a) != len(b):
            sys.exit(f"line {number}: {len(a)} columns against {len(b)}")
        for name, x, y in zip(first[0], a, b):
            if name == "label" and x == y:  # nan where it is not known
                continue
            try:
                difference = abs(float(x) - float(y))
            except ValueError:
                if x != y:
                    sys.exit(f"line {number}: '{x}' against '{y}'")
                continue
            if not difference <= limit:  # NaN fails, too
                sys.exit(f"line {number}: {x} against {y}")
            largest, numbers = max(largest, difference), numbers + 1
    if numbers == 0:
        sys.exit("no number was compared")
    print(f"{numbers} numbers differ by at most {largest:.2g}, limit {limit:g}")


if __name__ == "__main__":
    main()
