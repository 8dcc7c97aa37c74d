"""python3 run_cases.py FOLDER CASE…: runs FOLDER/CASE/graph.onnx on its inputs, writes results next to it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "torch"))
import onnx
from operators import OPERATORS, Program
from train import read_tensors, write_tensors

folder, *cases = sys.argv[1:]
emitted = set()
for case in cases:
    path = Path(folder) / case
    try:
        program = Program(str(path / "graph.onnx"))
    except ValueError as error:
        sys.exit(str(error))
    emitted |= {node.op_type for node in onnx.load(str(path / "graph.onnx")).graph.node}
    results = program(read_tensors(path / "inputs.safetensors")[0])
    write_tensors(path / "results.safetensors", {name: x.contiguous() for name, x in results.items()})
print("emitted", *sorted(emitted))
print("known", *sorted(OPERATORS))
