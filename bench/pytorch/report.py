"""Reads the lines of a comparison, prints its table and writes its results."""

import json
import os
import platform
import statistics
import sys
from datetime import date
from pathlib import Path


def machine():
    cpu = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    system = f"{platform.system()} {platform.machine()}"
    return {"cpu": cpu, "cores": os.cpu_count(), "os": system}


def spread(values, digits):
    values = [round(v, digits) for v in (statistics.median(values), min(values), max(values))]
    return dict(zip(("median", "min", "max"), values))


def rows(lines):
    """One for each workload, number of threads and variant of PyTorch; ratios are of rounds."""
    sides = {}
    for line in lines:
        key = line["threads"], line["workload"]
        sides.setdefault(key, {}).setdefault(line["side"], []).append(line)
    for (threads, workload), of in sides.items():
        ours = of.pop("proteus")
        for side, theirs in of.items():
            rounds = list(zip(ours, theirs, strict=True))
            ratios = [a["ms"] / b["ms"] for a, b in rounds]
            yield {
                "threads": threads,
                "workload": workload,
                "against": side,
                "rounds": len(ratios),
                "proteusMs": spread([a["ms"] for a in ours], 3),
                "pytorchMs": spread([b["ms"] for b in theirs], 3),
                "ratio": spread(ratios, 3),
                "cpuRatio": spread([a["cpuMs"] / b["cpuMs"] for a, b in rounds], 3),
                "proteusPeakMb": peak(ours),
                "pytorchPeakMb": peak(theirs),
            }


def peak(lines):
    known = [line["peakMb"] for line in lines if line["peakMb"] is not None]
    return round(max(known)) if known else None


def main(lines_file, output):
    lines = [json.loads(line) for line in Path(lines_file).read_text().splitlines()]
    table = list(rows(lines))
    versions = {k: v for line in lines for k, v in line["versions"].items()}
    result = {
        "date": date.today().isoformat(),
        "machine": machine(),
        "versions": dict(sorted(versions.items())),
        "loadAverage": round(os.getloadavg()[0], 1),
        "rows": table,
    }
    Path(output).write_text(json.dumps(result, indent=2) + "\n")
    layout = "{:7} {:14} {:15} {:>10} {:>10} {:>18} {:>18} {:>10} {:>10}"
    head = "threads workload against proteus/ms pytorch/ms ratio cpu-ratio proteus/MB pytorch/MB"
    print(layout.format(*head.split()))
    for r in table:
        ratio, cpu_ratio = (
            "{median:.2f} ({min:.2f}-{max:.2f})".format(**r[of]) for of in ("ratio", "cpuRatio")
        )
        print(
            layout.format(
                r["threads"],
                r["workload"],
                r["against"],
                f"{r['proteusMs']['median']:.3f}",
                f"{r['pytorchMs']['median']:.3f}",
                ratio,
                cpu_ratio,
                str(r["proteusPeakMb"]),
                str(r["pytorchPeakMb"]),
            )
        )


main(*sys.argv[1:])
