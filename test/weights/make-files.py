"""Makes the files beside it, in files/: a tiny VGG-19 of random weights as other programs write it, and its
activations as PyTorch computes them (golden.json). Debian's python3-torch and python3-onnx are enough:

    /usr/bin/python3 test/weights/make-files.py
"""

import io
import json
import pickle
import struct
import tarfile
from collections import OrderedDict
from pathlib import Path

import numpy
import onnx
import onnx.numpy_helper
import torch
from torch import nn
from torch.nn import functional

OUT = Path(__file__).parent / 'files'
WIDTHS = [2, 2, 3, 3, 3]
CONVOLUTIONS = [2, 2, 4, 4, 4]
PLACES = [0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34]
SEQUENTIAL = [2, 5, 9, 12, 16, 19, 22, 25, 29, 32, 35, 38, 42]
MEAN, DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]

torch.manual_seed(1)


def layers():
    """Weights and biases from shallow to deep; all values are exact in bfloat16 and float16."""
    found, channels = [], 3
    for width, count in zip(WIDTHS, CONVOLUTIONS):
        for _ in range(count):
            weight = torch.randn(width, channels, 3, 3) * (1.6 / (9 * channels)) ** 0.5
            bias = torch.randn(width) * 0.1
            found.append([exact(weight), exact(bias)])
            channels = width
    return found


def exact(x):
    return x.bfloat16().half().float()


VGG = layers()
CONV0 = [exact(torch.randn(3, 3, 1, 1)), exact(torch.randn(3))]


def preprocessed(x, how):
    column = lambda values: torch.tensor(values, dtype=torch.float64).reshape(1, 3, 1, 1)
    if how == 'imagenet':
        return (x - column(MEAN)) / column(DEVIATION)
    if how == 'caffe':
        return x.flip(1) * 255 - column([103.939, 116.779, 123.68])
    if how == 'conv0':
        return functional.conv2d(x, CONV0[0].double(), CONV0[1].double())
    return x


def activations(how):
    """First values, mean and mean square at relu1_1 … relu5_1."""
    count = 3 * 37 * 29
    x = (torch.arange(count, dtype=torch.float64) * 7919 % 256 / 255).reshape(1, 3, 37, 29)
    y, index, found = preprocessed(x, how), 0, {}
    for stage, number in enumerate(CONVOLUTIONS, 1):
        if stage > 1:
            y = functional.max_pool2d(y, 2, 2, ceil_mode=True)
        for place in range(number):
            weight, bias = VGG[index]
            y = functional.conv2d(functional.pad(y, (1, 1, 1, 1), mode='reflect'), weight.double(), bias.double())
            y, index = functional.relu(y), index + 1
            if place == 0:
                first = y.flatten()[:: max(1, y.numel() // 12)][:12]
                found[f'relu{stage}_1'] = {
                    'values': first.tolist(), 'mean': y.mean().item(), 'square': (y * y).mean().item(),
                }
    return found


def named(names, tensors):
    state = OrderedDict()
    for name, (weight, bias) in zip(names, tensors):
        state[f'{name}.weight'], state[f'{name}.bias'] = weight, bias
    return state


torchvision = named([f'features.{place}' for place in PLACES], VGG)
torchvision['classifier.0.weight'] = torch.ones(4, 3)
torchvision._metadata = OrderedDict({'': {'version': 1}})
adain = named([str(place) for place in [0, *SEQUENTIAL]], [CONV0, *VGG])


def write_tar(path, state):
    """The format before PyTorch 0.1.10, which torch.load still reads but nothing writes."""
    storages, tensors, keys = io.BytesIO(), io.BytesIO(), {}
    dump = lambda value, file: pickle.dump(value, file, protocol=2)
    dump(len(state), storages)
    dump(len(state), tensors)
    for number, (name, tensor) in enumerate(state.items()):
        keys[name] = 1000 + number
        dump((number, 'cpu', torch.FloatStorage), storages)
        storages.write(struct.pack('<q', tensor.numel()) + tensor.contiguous().numpy().tobytes())
        dump((keys[name], number, torch.FloatTensor), tensors)
        axes = tensor.dim()
        tensors.write(struct.pack(f'<ii{2 * axes}qq', axes, 0, *tensor.shape, *tensor.contiguous().stride(), 0))
    dump([], storages)

    class Pickler(pickle._Pickler):
        def persistent_id(self, value):
            return str(keys[value.name]) if isinstance(value, Named) else None

    main = io.BytesIO()
    Pickler(main, 2).dump(OrderedDict((name, Named(name)) for name in state))
    with tarfile.open(path, 'w:', format=tarfile.USTAR_FORMAT) as tar:
        parts = {'sys_info': b'', 'pickle': main, 'tensors': tensors, 'storages': storages}
        for part, content in parts.items():
            data = content if isinstance(content, bytes) else content.getvalue()
            info = tarfile.TarInfo(part)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    loaded = torch.load(path)
    assert all(torch.equal(loaded[name], tensor) for name, tensor in state.items())


class Named:
    def __init__(self, name):
        self.name = name


def write_onnx(path):
    """Initialisers in every form: raw and listed, of 16, 32 and 64 bits."""
    forms = [
        lambda name, x: onnx.numpy_helper.from_array(x, name),
        lambda name, x: onnx.helper.make_tensor(name, onnx.TensorProto.FLOAT, x.shape, x.flatten()),
        lambda name, x: onnx.numpy_helper.from_array(x.astype(numpy.float16), name),
        lambda name, x: onnx.helper.make_tensor(name, onnx.TensorProto.FLOAT16, x.shape, x.astype(numpy.float16).flatten()),
        lambda name, x: onnx.helper.make_tensor(name, onnx.TensorProto.DOUBLE, x.shape, x.astype(numpy.float64).flatten()),
        lambda name, x: onnx.helper.make_tensor(
            name, onnx.TensorProto.BFLOAT16, x.shape, (x.view(numpy.uint32) >> 16).astype(numpy.uint16).tobytes(), raw=True),
    ]
    tensors = [(name, x) for name, x in torchvision.items() if name.startswith('features')]
    initializers = [forms[i % len(forms)](name, x.numpy()) for i, (name, x) in enumerate(tensors)]
    value = lambda name: onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1])
    graph = onnx.helper.make_graph([onnx.helper.make_node('Relu', ['x'], ['y'])], 'vgg', [value('x')], [value('y')], initializers)
    onnx.save(onnx.helper.make_model(graph), path)


def write_safetensors(path, state):
    header, parts, end = {}, [], 0
    for name, tensor in state.items():
        data = (tensor.contiguous().numpy().view(numpy.uint32) >> 16).astype(numpy.uint16).tobytes()
        header[name] = {'dtype': 'BF16', 'shape': list(tensor.shape), 'data_offsets': [end, end + len(data)]}
        parts.append(data)
        end += len(data)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack('<Q', len(text)) + text + b''.join(parts))


OUT.mkdir(exist_ok=True)
torch.save(torchvision, OUT / 'torchvision.pth')
torch.save(torchvision, OUT / 'torchvision-old.pth', _use_new_zipfile_serialization=False)
torch.save(OrderedDict((name, x.half()) for name, x in torchvision.items()), OUT / 'half.pth')
torch.save(OrderedDict((name, x.double()) for name, x in torchvision.items()), OUT / 'double.pth')
torch.save(OrderedDict((name, x.bfloat16()) for name, x in torchvision.items()), OUT / 'bfloat.pth')
torch.save(adain, OUT / 'adain.pth', _use_new_zipfile_serialization=False)
write_tar(OUT / 'adain-tar.pth', adain)
# A checkpoint: another dictionary inside, parameters, and weights whose values lie in another order.
places = [f'conv{stage}{place}' for stage, count in enumerate(CONVOLUTIONS, 1) for place in range(1, count + 1)]
inner = named(['conv0', *places], [CONV0, *VGG])
inner = OrderedDict((name, nn.Parameter(x.permute(*reversed(range(x.dim()))).contiguous().permute(*reversed(range(x.dim())))))
                    for name, x in inner.items())
torch.save({'epoch': 20, 'steps': torch.tensor([3]), 'model': inner}, OUT / 'checkpoint.pth')
torch.save(nn.Sequential(nn.Conv2d(3, 2, 3)), OUT / 'module.pth')
batch_norm = named(['features.0', 'features.1', 'features.3'], [VGG[0], (VGG[0][1], VGG[0][1]), VGG[1]])
torch.save(batch_norm, OUT / 'batch-norm.pth')
write_onnx(OUT / 'torchvision.onnx')
write_safetensors(OUT / 'timm-bfloat.safetensors', {name: x for name, x in torchvision.items()})
golden = {how: activations(how) for how in ['imagenet', 'caffe', 'none', 'conv0']}
(OUT / 'golden.json').write_text(json.dumps(golden, indent=1) + '\n')
