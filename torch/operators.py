"""ONNX graphs of Wasserfarbe under PyTorch: their operators, and a graph as a flat list of calls."""

from dataclasses import dataclass

import numpy
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper

# ONNX's numbers of element types.
TYPES = {1: torch.float32, 7: torch.int64, 10: torch.float16}


class Node:
    """A node of a graph: its attributes, and its int64 inputs, which are settings rather than data."""

    def __init__(self, proto, integers):
        self.type = proto.op_type
        self.attributes = {a.name: onnx.helper.get_attribute_value(a) for a in proto.attribute}
        self.inputs = list(proto.input)
        self.outputs = list(proto.output)
        self.constants = integers

    def integers(self, i):
        """Values of the constant input `i`; None if the node has no such input."""
        return self.constants[self.inputs[i]] if i < len(self.inputs) and self.inputs[i] else None

    def text(self, name, default):
        return self.attributes.get(name, default.encode()).decode()

    def expect(self, fits, expected, received):
        if not fits:
            raise ValueError(f"expected {expected} for the operator {self.type} but received {received}")


def same(function):
    """An operator without settings."""
    return lambda node: function


def convolution(node):
    top, left, bottom, right = node.attributes.get("pads", [0, 0, 0, 0])
    node.expect("strides" not in node.attributes, "strides of 1", node.attributes.get("strides"))
    if (top, left) == (bottom, right):
        return lambda x, kernel, bias=None: F.conv2d(x, kernel, bias, padding=(top, left))
    return lambda x, kernel, bias=None: F.conv2d(F.pad(x, (left, right, top, bottom)), kernel, bias)


def pad(node):
    pads, mode = node.integers(1), node.text("mode", "constant")
    rank = len(pads) // 2
    # PyTorch begins with the last axis, and accepts any number of axes.
    flat = [amount for axis in reversed(range(rank)) for amount in (pads[axis], pads[axis + rank])]
    if mode == "constant":
        return lambda x: F.pad(x, flat)
    node.expect(rank == 4 and not any(flat[4:]), "pads of height and width", pads)
    kind = {"reflect": "reflect", "edge": "replicate"}[mode]
    return lambda x: F.pad(x, flat[:4], mode=kind)


def slices(node):
    starts, ends, axes = (node.integers(i) for i in (1, 2, 3))
    steps = node.integers(4) or [1] * len(axes)
    index, turned = [slice(None)] * (max(axes) + 1), []
    for start, end, axis, step in zip(starts, ends, axes, steps):
        if step == 1:
            index[axis] = slice(start, end)
        else:
            # The graphs reverse whole axes only: from the last index to before the first.
            node.expect(step == -1 and start == -1, "a step of 1, or of -1 from the end", (start, end, step))
            index[axis] = slice(-(-end - 1), None)
            turned.append(axis)
    index = tuple(index)
    return (lambda x: x[index].flip(turned)) if turned else (lambda x: x[index])


def resize(node):
    node.expect(node.text("mode", "nearest") == "nearest", "nearest neighbours", node.text("mode", "nearest"))

    def enlarge(x, scales):
        # The scales are always 1, 1, 2 and 2. Reading them from the device would stall every step.
        n, c, h, w = x.shape
        return x[:, :, :, None, :, None].expand(n, c, h, 2, w, 2).reshape(n, c, 2 * h, 2 * w)

    return enlarge


def scatter(node):
    node.expect(node.text("reduction", "none") == "add", "a sum", node.text("reduction", "none"))
    return lambda data, rows, updates: data.index_add(0, rows.squeeze(1), updates.to(data.dtype))


def pool(function, **options):
    def build(node):
        kernel, strides = node.attributes["kernel_shape"], node.attributes["strides"]
        return lambda x: function(x, kernel, strides, **options)

    return build


def top(node):
    node.expect(node.attributes.get("largest", 1) == 0, "ascending order", "descending order")
    axis, count = node.attributes["axis"], node.integers(1)[0]

    def sort(x):
        node.expect(x.shape[axis] == count, f"a whole row of {x.shape[axis]}", count)
        return torch.sort(x, dim=axis)

    return sort


# Every operator of the graphs, by its ONNX name: from a node to a function of its tensors.
OPERATORS = {
    "Add": same(torch.add),
    "AveragePool": pool(F.avg_pool2d),
    "Cast": lambda node: (lambda x, kind=TYPES[node.attributes["to"]]: x.to(kind)),
    "Concat": lambda node: (lambda *parts, axis=node.attributes["axis"]: torch.cat(parts, axis)),
    "Conv": convolution,
    "Div": same(torch.div),
    "Equal": same(torch.eq),
    "Exp": same(torch.exp),
    "Expand": lambda node: (lambda x, shape=node.integers(1): x.expand(shape)),
    "Gather": lambda node: (lambda x, i, axis=node.attributes["axis"]: torch.index_select(x, axis, i)),
    "GatherElements": lambda node: (lambda x, i, axis=node.attributes["axis"]: torch.gather(x, axis, i)),
    "HardSigmoid": lambda node: (
        lambda x, a=node.attributes["alpha"], b=node.attributes["beta"]: (x * a + b).clamp(0, 1)
    ),
    "Identity": same(lambda x: x),
    "LeakyRelu": lambda node: (lambda x, slope=node.attributes["alpha"]: F.leaky_relu(x, slope)),
    "Log": same(torch.log),
    "MatMul": same(torch.matmul),
    "MaxPool": pool(F.max_pool2d, ceil_mode=True),
    "Min": same(torch.minimum),
    "Mul": same(torch.mul),
    "Neg": same(torch.neg),
    "Pad": pad,
    "ReduceSum": lambda node: (lambda x, axes=node.integers(1): x.sum(axes, keepdim=True)),
    "Relu": same(torch.relu),
    "Reshape": lambda node: (lambda x, shape=node.integers(1): x.reshape(shape)),
    "Resize": resize,
    "ScatterElements": lambda node: (
        lambda x, i, updates, axis=node.attributes["axis"]: x.scatter(axis, i, updates)
    ),
    "ScatterND": scatter,
    "Slice": slices,
    "Softmax": lambda node: (lambda x, axis=node.attributes["axis"]: torch.softmax(x, axis)),
    "Sqrt": same(torch.sqrt),
    "Sub": same(torch.sub),
    "TopK": top,
    "Transpose": lambda node: (lambda x, order=list(node.attributes["perm"]): x.permute(order)),
    "Unsqueeze": lambda node: (lambda x, axis=node.integers(1)[0]: x.unsqueeze(axis)),
}


@dataclass
class Call:
    """One call of the program: places of its inputs, of its outputs, and of values last read here."""

    function: object
    inputs: list
    outputs: list
    done: list


class Program:
    """A graph as a list of calls. `program(feeds)` takes and returns tensors by name, all on one device."""

    def __init__(self, path, device="cpu"):
        graph = onnx.load(path).graph
        constants = {c.name: numpy_helper.to_array(c) for c in graph.initializer}
        integers = {n: [int(i) for i in c.reshape(-1)] for n, c in constants.items() if c.dtype == numpy.int64}
        unknown = sorted({n.op_type for n in graph.node} - OPERATORS.keys())
        if unknown:
            raise ValueError(f"expected operators of torch/operators.py for {path} but received {', '.join(unknown)}")
        self.inputs = {i.name: [d.dim_value for d in i.type.tensor_type.shape.dim] for i in graph.input}
        self.outputs = [o.name for o in graph.output]
        self.values = [None]
        places = {"": 0}

        def place(name):
            if name not in places:
                places[name] = len(self.values)
                self.values.append(None)
            return places[name]

        for name in self.inputs:
            place(name)
        for name in constants.keys() - integers.keys():
            self.values[place(name)] = torch.tensor(constants[name], device=device)
        kept = {place(name) for name in (*self.inputs, *self.outputs, *constants.keys(), "")}
        self.calls = []
        for proto in graph.node:
            node = Node(proto, integers)
            inputs = [place(name) for name in node.inputs if name and name not in integers]
            outputs = [place(name) for name in node.outputs]
            self.calls.append(Call(OPERATORS[node.type](node), inputs, outputs, []))
        # Values are freed after their last use, since a step is much larger than its results.
        for call in reversed(self.calls):
            call.done = sorted({*call.inputs, *call.outputs} - kept)
            kept.update(call.done)
        self.places = places

    @torch.no_grad()
    def __call__(self, feeds):
        values = list(self.values)
        for name in self.inputs:
            values[self.places[name]] = feeds[name]
        for call in self.calls:
            result = call.function(*[values[i] for i in call.inputs])
            if len(call.outputs) == 1:
                values[call.outputs[0]] = result
            else:
                for i, part in zip(call.outputs, result):
                    values[i] = part
            for i in call.done:
                values[i] = None
        return {name: values[self.places[name]] for name in self.outputs}
