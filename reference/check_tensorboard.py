"""Prints the scalars of a TensorBoard event folder as JSON, as TensorBoard itself reads them.

    python check_tensorboard.py EVENTS_DIR

{"<tag>": [{"step": 0, "time": 1700000000.0, "value": 0.5}, ...], ...}, exit code 1 if there is none.
A manual check of what our Java writer writes.
"""

import argparse
import json
import pathlib
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util import tensor_util


def scalars(folder):
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0, "tensors": 0})  # 0: keep all
    events.Reload()
    tags = events.Tags()
    found = {
        tag: [{"step": e.step, "time": e.wall_time, "value": e.value} for e in events.Scalars(tag)]
        for tag in tags["scalars"]
    }
    for tag in tags["tensors"]:  # scalars in the format of TensorFlow 2
        if events.SummaryMetadata(tag).plugin_data.plugin_name == "scalars":
            found[tag] = [
                {"step": e.step, "time": e.wall_time, "value": tensor_util.make_ndarray(e.tensor_proto).item()}
                for e in events.Tensors(tag)
            ]
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, metavar="EVENTS_DIR")
    folder = parser.parse_args().folder
    if not folder.is_dir():
        sys.exit(f"{folder} is not a folder")
    found = scalars(folder)
    print(json.dumps(found, indent=1))
    sys.exit(0 if found else 1)


if __name__ == "__main__":
    main()
