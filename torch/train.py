"""Trains with the step that `wasserfarbe train … --export-step DIR` wrote, under PyTorch, on a GPU if there is one.

    python3 train.py DIR --content PACK --style PACK --out RUN [--minutes 50] [--resume]
    torchrun --nproc_per_node 8 train.py DIR …           # DIR exported with --split

A PACK is what `wasserfarbe dataset pack` makes of a folder of pictures. RUN becomes the folder of a run, in the formats
of `wasserfarbe train`, whose --resume goes on with it; --resume here goes on with what that one left. Ctrl-C and SIGTERM
save. Needs Python 3.11, torch 1.13, numpy, onnx and pillow, or later ones.
"""

import argparse, atexit, hashlib, io, itertools, json, math, os, re, shlex, signal, socket, struct, sys, time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy
import torch
import torch.distributed as distributed
from PIL import Image

from operators import Program


def parse():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("dir", type=Path, help="folder with plan.json, state.safetensors and the graphs")
    p.add_argument("--out", type=Path, required=True, help="folder of the run")
    p.add_argument("--content", type=Path, help="packed content pictures")
    p.add_argument("--style", type=Path, help="packed style pictures")
    p.add_argument("--resume", action="store_true", help="go on from the checkpoint in --out")
    p.add_argument("--force", action="store_true", help="start anew in an --out that holds a run already")
    p.add_argument("--minutes", type=float, default=math.inf, help="save and end after so many minutes")
    p.add_argument("--iterations", type=int, help="steps of the whole run, instead of the plan's; the schedule follows")
    p.add_argument("--pictures-on", choices=("device", "host"), default="device", help="where pictures wait, as bytes")
    p.add_argument("--bf16", action="store_true", help="convolutions and matrix products in bfloat16")
    p.add_argument("--eager", action="store_true", help="no CUDA graphs: slower, for finding faults")
    p.add_argument("--inputs", help="for tests: feed recorded inputs, {rank} is the process; raw losses to losses.jsonl")
    return p.parse_args()


def refuse(expected, name, received, remedy=None):
    sys.exit(f"expected {expected} for {name} but received {received}" + (f"; {remedy}" if remedy else ""))


# ---------------------------------------------------------------------------------------------- files


def read_tensors(path):
    """Tensors of a safetensors file as float32, and its metadata."""
    data = Path(path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    metadata, tensors = header.pop("__metadata__", {}), {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        kind = {"F32": numpy.float32, "F16": numpy.float16}[entry["dtype"]]
        values = numpy.frombuffer(data[8 + length + begin : 8 + length + end], kind)
        tensors[name] = torch.from_numpy(values.astype(numpy.float32).reshape(entry["shape"]))
    return tensors, metadata


def write_tensors(path, tensors, metadata=None):
    """Writes a safetensors file in float32, as `write_whole` does."""
    arrays = {name: numpy.ascontiguousarray(x.cpu().numpy(), numpy.float32) for name, x in tensors.items()}
    header, end = {"__metadata__": metadata} if metadata else {}, 0
    for name, x in arrays.items():
        header[name] = {"dtype": "F32", "shape": list(tensors[name].shape), "data_offsets": [end, end + x.nbytes]}
        end += x.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    write_whole(path, itertools.chain([struct.pack("<Q", len(text)), text], (x.tobytes() for x in arrays.values())))


def write_whole(path, parts):
    """Writes a file completely or not at all: a killed run leaves the old one."""
    temporary = Path(f"{path}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError:  # half a file would keep a full disk full
        temporary.unlink(missing_ok=True)
        raise


def cut_log(path, step):
    """Leaves the lines of a log up to a step. One that a power loss has torn tells no step."""

    def step_of(line):
        try:
            return int(json.loads(line)["step"])
        except (ValueError, TypeError, KeyError):
            return math.inf

    lines = path.read_bytes().splitlines() if path.exists() else []
    write_whole(path, [line + b"\n" for line in lines if step_of(line) <= step])


def lock(folder):
    """Lets one process at a time train in a folder: this program, or `wasserfarbe train`."""
    path, whole = folder / "run.lock", folder / f"run.lock.{os.getpid()}.new"
    own = {"pid": os.getpid(), "host": socket.gethostname(), "token": "train.py", "began": began(os.getpid())}
    text = json.dumps({key: value for key, value in own.items() if value is not None})
    while not placed(path, whole, text):
        holder = holder_of(path)
        if holder:
            remedy = f"end that process, or delete {path} if there is none"
            refuse("a folder in which nothing else trains", "--out", f"one in use by {holder}", remedy)
        path.unlink(missing_ok=True)
    atexit.register(path.unlink, missing_ok=True)


def placed(path, whole, text):
    """Whether a lock could be placed, which has its whole text at once: False if there is one already."""
    try:
        whole.write_text(text)
        try:
            os.link(whole, path)
        except FileExistsError:
            return False
        except OSError:  # some file systems have no links
            with path.open("x") as file:
                file.write(text)
    except FileExistsError:
        return False
    finally:
        whole.unlink(missing_ok=True)
    return True


def holder_of(path):
    """The process that holds a lock, in words; None if there is none any more."""
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        found = None
    match found:
        case {"pid": int(pid), "host": str(host), "token": str(), **rest} if isinstance(rest.get("began", ""), str):
            if host != socket.gethostname():
                return f"process {pid} of another computer"
            return None if has_ended(pid, rest.get("began")) else f"process {pid}"
    # The lock is just being written, or of unknown origin. The owner decides.
    return "another process"


def has_ended(process, beginning):
    """Whether a process of this machine has ended, also if its number has come again."""
    now = began(process)
    # After a crash in a container, the next process may have the same number.
    if process == os.getpid() or None not in (now, beginning) and now != beginning:
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        pass
    return False


def began(process):
    """When a process began, in ticks since the machine did; None where the system does not tell."""
    try:
        status = Path(f"/proc/{process}/stat").read_text("latin1")
    except OSError:
        return None
    # The second field, a name in brackets, may contain spaces. The beginning is the 22nd.
    return status.rpartition(") ")[2].split(" ")[19]


CHECKPOINT_KEY = "wasserfarbe.checkpoint"


def read_checkpoint(path):
    if not path.exists():
        refuse("a checkpoint", "--resume", f"none at {path}", "begin without --resume")
    tensors, metadata = read_tensors(path)
    if CHECKPOINT_KEY not in metadata:
        refuse("a training checkpoint", path, "weights without a training state")
    return tensors, json.loads(metadata[CHECKPOINT_KEY])


def check_resumed(tensors, note, plan):
    """Refuses a run that trains other parameters than before: their moments would count as old ones."""
    wanted, found = plan["config"]["stage"], note["config"]["stage"]
    remedy = "begin a new run from the checkpoint by --init"
    if found != wanted:
        refuse(f"a checkpoint of stage {wanted}", "--resume", f"one of stage {found}", remedy)
    outputs = [output for graph in plan["graphs"].values() for output in graph["outputs"].values()]
    for name in (output["state"] for output in outputs if output["to"] == "state"):
        before, now = tensors.get(name), plan["states"][name]
        if name.startswith("average/") or before is not None and list(before.shape) == now:
            continue
        received = "none" if before is None else list(before.shape)
        remedy = f"the settings train other parameters than before: {remedy}"
        refuse(f"a checkpoint with {name} of shape {now}", "--resume", received, remedy)


# ---------------------------------------------------------------------------------------------- pictures


def generator(seed, *path):
    """Random numbers as a function of seed and path alone, so that a resumed run needs no random state."""
    digest = hashlib.sha256("/".join(map(str, (seed, *path))).encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "little") >> 1)


def decode(data, crops):
    """A picture file as bytes [3, h, w], resized as the Node trainer's cache does."""
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    side, short = crops["square"], min(picture.size)
    if side:
        picture = resized(picture, side, side)
    elif short > crops["shortSide"]:
        scale = crops["shortSide"] / short
        picture = resized(picture, *(math.floor(x * scale + 0.5) for x in picture.size))
    pixels = numpy.array(picture)
    return torch.from_numpy(pixels).permute(2, 0, 1).contiguous()


def resized(picture, width, height):
    """A picture of another size: along each side Lanczos-3 reduces and Catmull-Rom enlarges."""
    for size in ((width, picture.height), (width, height)):
        enlarges = size[0] > picture.width or size[1] > picture.height
        picture = picture.resize(size, Image.BICUBIC if enlarges else Image.LANCZOS)
    return picture


def move(x, device):
    """Moves a tensor to the device without waiting, from pinned memory."""
    return x.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else x


class Pictures:
    """Pictures of a pack: those of this process, decoded to bytes, and the names of held-back ones."""

    def __init__(self, folder, held, least, crops, alone, kind, seed, store, device, rank, world):
        self.folder, self.kind, self.seed, self.device = folder, kind, seed, device
        self.order = (-1, None)
        index = json.loads((folder / "index.json").read_text())
        smallest = 0 if crops["square"] else least
        self.entries = {p["name"]: p for p in index["pictures"] if min(p["width"], p["height"]) >= smallest}
        if alone and len(self.entries) != 1:
            remedy = "pack a folder with the painting alone, or its name in a --list"
            refuse("one painting for stage single", folder, len(self.entries), remedy)
        # The split of the Node trainer: every n-th of all names, before any is found to be unusable.
        names = index["listed"]
        if held >= len(names):
            refuse(f"more than {held} pictures", folder, len(names), f"lower --holdout-{kind}s and export the step again")
        every = len(names) // held if held else len(names) + 1
        chosen = {n for i, n in enumerate(names) if held and i % every == every - 1 and i // every < held}
        # A single painting is on the samples too.
        self.held = [name for name in self.entries if alone or name in chosen]
        trained = [name for name in self.entries if name not in chosen]
        if not trained:
            refuse("pictures to train on", folder, "none but those held back")
        if len(trained) < world and not alone:
            refuse(f"a picture or more for each of {world} processes", folder, len(trained), "start fewer processes")
        mine = trained if alone else trained[rank::world]

        def load(name):
            try:
                pixels = decode(self.read(name), crops)
            except OSError as error:
                refuse("a picture of the pack", folder / self.entries[name]["shard"], error, "fetch or pack it again")
            return move(pixels, device) if store == "device" else pixels

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            self.pixels = list(pool.map(load, mine))

    def read(self, name):
        entry = self.entries[name]
        with open(self.folder / entry["shard"], "rb") as shard:
            shard.seek(entry["offset"])
            return shard.read(entry["bytes"])

    def batch(self, position, count, crops, step, draw):
        """Crops `position` · count to (`position` + 1) · count of epochs with every picture once each."""
        chosen = []
        for i in range(position * count, (position + 1) * count):
            epoch, place = divmod(i, len(self.pixels))
            if self.order[0] != epoch:
                random = generator(self.seed, "order", self.kind, epoch)
                self.order = epoch, torch.randperm(len(self.pixels), generator=random).tolist()
            chosen.append(self.pixels[self.order[1][place]])
        random = torch.rand(4, count, generator=generator(self.seed, "crops", self.kind, step, draw))
        width, height = (torch.tensor([p.shape[axis] for p in chosen]) for axis in (2, 1))
        short = torch.minimum(width, height)
        low, high = short.clamp(max=crops["regionMin"]), short.clamp(max=crops["regionMax"])
        region = low + (random[0] * (high - low + 1)).floor()
        place = ((random[i] * (side - region + 1)).floor() for i, side in ((1, width), (2, height)))
        return crop(chosen, *place, region, random[3] < crops["mirrored"], crops["size"], self.device)


def crop(pictures, left, top, region, mirrored, size, device):
    """Square regions of pictures [3, h, w] in bytes, resampled like in Node: [N, 3, size, size], 0–1."""
    heights, widths = ([p.shape[axis] for p in pictures] for axis in (1, 2))
    whole = torch.zeros(len(pictures), 3, max(heights), max(widths), device=device)
    for row, picture in zip(whole, pictures):
        row[:, : picture.shape[1], : picture.shape[2]].copy_(picture, non_blocking=True)
    left, top, region, mirrored = (move(x, device) for x in (left, top, region, mirrored))
    heights, widths = (move(torch.tensor(x), device) for x in (heights, widths))
    rows, columns = taps(top, region, heights, whole.shape[2], size), taps(left, region, widths, whole.shape[3], size)
    seen = rows[:, None] @ whole @ columns[:, None].transpose(2, 3)
    return torch.where(mirrored[:, None, None, None], seen.flip(3), seen).clamp(0, 255) / 255


def taps(start, region, limits, longest, size):
    """Weights [N, size, longest] of pictures' pixels in crops' pixels.

    Lanczos-3 to reduce, Catmull-Rom to enlarge.
    """
    pixels = torch.arange(longest, device=start.device)
    scale = (region / size)[:, None, None]
    centres = start[:, None, None] + (torch.arange(size, device=start.device)[:, None] + 0.5) * scale - 0.5
    stretch = scale.clamp(min=1)
    x = (pixels - centres).abs() / stretch
    lanczos = torch.where(x < 3, torch.sinc(x) * torch.sinc(x / 3), 0.0)
    near, far = (1.5 * x - 2.5) * x * x + 1, ((2.5 - 0.5 * x) * x - 4) * x + 2
    cubic = torch.where(x < 1, near, torch.where(x < 2, far, 0.0))
    weights = torch.where(scale > 1, lanczos, cubic)
    weights = weights * (pixels < limits[:, None, None])
    return weights / weights.sum(2, keepdim=True)


# ---------------------------------------------------------------------------------------------- losses


class Watch:
    """Running means of losses, and detection of failed runs, on the device so that no step is waited for."""

    def __init__(self, names, rule, known, device):
        self.names, self.rule, self.count = names, rule, 0
        self.means = torch.tensor([known.get(n, math.nan) for n in names], device=device)
        self.best = torch.full_like(self.means, math.inf)
        self.bad = torch.zeros_like(self.means)
        self.falling = torch.tensor([bool(re.search(rule["falling"], n)) for n in names], device=device)

    def see(self, losses):
        self.count += 1
        weight = max(1 / self.count, self.rule["weight"])
        self.means = losses if self.count == 1 else self.means * (1 - weight) + losses * weight
        if self.count >= self.rule["patience"]:
            self.best = torch.minimum(self.best, self.means)
            worse = self.falling & (self.means > self.rule["limit"] * self.best)
            self.bad = torch.where(worse, self.bad + 1, 0.0)

    def read(self):
        return {name: mean for name, mean in zip(self.names, self.means.tolist()) if not math.isnan(mean)}

    def healthy(self):
        return not bool((self.falling & (self.means > self.rule["suspicious"] * self.best)).any())

    def judge(self, step, advice):
        """Ends a run that has failed."""
        for name, mean, best, bad in zip(self.names, *(x.tolist() for x in (self.means, self.best, self.bad))):
            if not math.isfinite(mean):
                refuse("a finite number", f"loss {name} at step {step}", mean, advice)
            if bad >= self.rule["patience"]:
                expected = f"at most {self.rule['limit']} times its best, {best:.3g},"
                refuse(expected, f"loss {name} at step {step}", f"{mean:.3g} for {int(bad)} steps", advice)


def summary(losses):
    """Sums of the terms of each kind, as text."""
    sums = {}
    for name, value in losses.items():
        kind = name.split(".")[0]
        if kind != "norm":
            sums[kind] = sums.get(kind, 0) + value
    return " ".join(f"{kind} {value:.3g}" for kind, value in sums.items())


# ---------------------------------------------------------------------------------------------- the run


def main():
    args = parse()
    started = time.time()

    # Processes of torchrun, each with its own GPU; without torchrun there is a single one.
    rank, world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    cuda = torch.cuda.is_available()
    device = torch.device(f"cuda:{os.environ.get('LOCAL_RANK', 0)}" if cuda else "cpu")
    if cuda:
        torch.cuda.set_device(device)
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
        torch.backends.cudnn.benchmark = True
    if world > 1:
        distributed.init_process_group("nccl" if cuda else "gloo")
    say = (lambda *words: print(*words, flush=True)) if rank == 0 else (lambda *words: None)

    # The plan, and the folder of the run.
    if not (args.dir / "plan.json").exists():
        refuse("a folder of wasserfarbe train --export-step", "DIR", args.dir)
    plan = json.loads((args.dir / "plan.json").read_text())
    if plan["format"] != "wasserfarbe step 1":
        refuse("a plan of the form 'wasserfarbe step 1'", args.dir / "plan.json", plan["format"], "export it again")
    if world > 1 and not plan["split"]:
        refuse("a step exported with --split", f"{world} processes", "one in a single graph")
    config = plan["config"]
    if args.iterations is not None:
        if args.iterations < 1:
            refuse("1 or more", "--iterations", args.iterations)
        config["iterations"] = args.iterations
    batch_size, iterations = config["batchSize"], config["iterations"]
    checkpoint_file, log_file = args.out / "checkpoint.safetensors", args.out / "log.jsonl"
    if checkpoint_file.exists() and not (args.resume or args.force):
        refuse("a folder without a run", "--out", f"one with {checkpoint_file}", "go on with --resume, or --force")
    start, _ = read_tensors(args.dir / "state.safetensors")
    place = {key: plan[key] for key in ("step", "hours", "pictures", "losses", "history")}
    if args.resume:
        tensors, place = read_checkpoint(checkpoint_file)
        check_resumed(tensors, place, plan)
        # All else of the file belongs to the step of the export.
        start = {name: x for name, x in start.items() if name.startswith("frozen/")} | tensors
    step = place["step"]
    draws = 1 + max(part["draw"] for part in plan["order"])
    per_step = 2 * batch_size * draws
    drawn = place.get("pictures", step * per_step)  # missing in older checkpoints
    if rank == 0:
        args.out.mkdir(parents=True, exist_ok=True)
        lock(args.out)

    # One tensor for each input of the graphs. States keep their values, other inputs are filled at each step.
    graphs = {name: Program(str(args.dir / g["file"]), device) for name, g in plan["graphs"].items()}
    states = {}
    for name, shape in plan["states"].items():
        known = start.pop(name, None)
        if known is None and name.startswith("average/"):
            known = states["parameter/" + name.removeprefix("average/")]
        if known is not None and list(known.shape) != shape:
            refuse(f"shape {shape}", f"tensor {name}", list(known.shape), "these are weights of another configuration")
        states[name] = torch.zeros(shape, device=device) if known is None else known.to(device).clone()
        if known is None and name.startswith("parameter/"):
            states[name].fill_(math.nan)
    # Averages that the plan has not would never follow their parameters.
    others = {name: x for name, x in start.items() if name.startswith("parameter/")}
    slopes = {
        name: shape
        for graph, program in graphs.items()
        for name, shape in program.inputs.items()
        if plan["graphs"][graph]["inputs"][name]["from"] == "gradient"
    }
    flat = torch.zeros(sum(math.prod(s) for s in slopes.values()), device=device)
    parts = flat.split([math.prod(s) for s in slopes.values()])
    gradients = {name: part.view(shape) for (name, shape), part in zip(slopes.items(), parts)}
    buffers = {}  # by graph and input
    for graph, program in graphs.items():
        buffers[graph] = {}
        for name, shape in program.inputs.items():
            source = plan["graphs"][graph]["inputs"][name]
            known = states.get(source.get("state"), gradients.get(name))
            buffers[graph][name] = torch.zeros(shape, device=device) if known is None else known

    # Pictures, shared out among the processes.
    recorded = read_tensors(args.inputs.format(rank=rank))[0] if args.inputs else None
    pictures = {}
    if recorded is None:
        for kind, held in (("content", config["holdoutContents"]), ("style", config["holdoutStyles"])):
            folder = getattr(args, kind)
            if folder is None or not (folder / "index.json").exists():
                refuse("a folder of wasserfarbe dataset pack", f"--{kind}", folder)
            least = min(config["regionMin"], config["cropSize"])
            where = (args.pictures_on, device, rank, world)
            alone = kind == "style" and config["stage"] == "single"
            pictures[kind] = Pictures(folder, held, least, plan["crops"], alone, kind, config["seed"], *where)
    count = ", ".join(f"{len(p.pixels)} {kind} pictures" for kind, p in pictures.items())
    where = torch.cuda.get_device_name(device) if cuda else "CPU"
    say(f"{where}, {world} processes, {count}, {time.time() - started:.0f} s to load")

    def rate(base, t):
        warm = 1 if config["warmup"] == 0 else min(1, (t + 1) / config["warmup"])
        if config["schedule"] == "inverse":
            return base * warm / (1 + config["learningRateDecay"] * t)
        return base * warm * (0.5 * (1 + math.cos(math.pi * t / iterations)) if config["schedule"] == "cosine" else 1)

    def scalar(group, value, t):
        """The scalar `value` for update number t, from 1."""
        if value == "rate":
            return rate(group["rate"], step)
        if value == "decay":
            return min(group["average"], (1 + t) / (10 + t))
        return 1 / (1 - group["beta1" if value == "correction1" else "beta2"] ** t)

    def draw(graph, number, updates, at):
        """Fills the inputs of `graph` for batch `number` of this step."""
        for name, source in sorted(plan["graphs"][graph]["inputs"].items()):
            kind = source["from"]
            if name not in buffers[graph] or kind in ("state", "gradient"):
                continue
            target = buffers[graph][name]
            if kind == "scalar":
                group = plan["groups"][source["group"]]
                target.fill_(scalar(group, source["value"], step * group["updates"] + updates[source["group"]]))
            elif recorded is not None:
                target.copy_(recorded[f"{at}/{name}"])
            elif kind == "pictures":
                batch = (step * draws + number, batch_size, plan["crops"], step, f"{number}/{rank}")
                target.copy_(pictures[source["kind"]].batch(*batch))
            elif kind == "places":
                random = generator(config["seed"], "draws", step, number, name)
                order = torch.randperm(source["of"], generator=random)[: source["count"]]
                target.copy_(move(order, device))
            elif kind == "normal":
                random = generator(config["seed"], "draws", step, number, name)
                target.copy_(move(torch.randn(target.shape, generator=random), device))
            else:
                random = generator(config["seed"], "draws", step, number, name, rank)
                target.copy_(move(torch.rand(target.shape, generator=random), device))

    def forward(graph):
        """Runs a graph and stores its states and gradients. Returns its losses and pictures."""
        with torch.autocast(device.type, torch.bfloat16, enabled=args.bf16, cache_enabled=False):
            results = graphs[graph](buffers[graph])
        rest = {}
        for name, target in plan["graphs"][graph]["outputs"].items():
            if target["to"] == "state":
                states[target["state"]].copy_(results[name])
            elif target["to"] == "gradient":
                gradients[name].copy_(results[name])
            else:
                rest[target.get("loss") or target.get("state") or name] = results[name]
        return rest

    # On a GPU a step is thousands of small kernels. Recorded once, they start without Python.
    captured = {}

    def run(graph):
        if not cuda or args.eager:
            return forward(graph)
        if graph not in captured:
            before = {name: x.clone() for name, x in states.items()}
            side = torch.cuda.Stream()
            side.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(side):
                for _ in range(2):
                    forward(graph)
            torch.cuda.current_stream().wait_stream(side)
            captured[graph] = torch.cuda.CUDAGraph()
            with torch.cuda.graph(captured[graph]):
                captured[graph, "results"] = forward(graph)
            for name, x in before.items():
                states[name].copy_(x)
        captured[graph].replay()
        return captured[graph, "results"]

    def mean(graph, batches, first):
        """Mean outputs of a graph without states, over `batches` batches of all processes from `first` on."""
        sums = {}
        for i in range(first, first + batches):
            for kind in ("content", "style"):
                if recorded is None:
                    crops = pictures[kind].batch(i * draws, batch_size, plan["crops"], i, f"0/{rank}")
                else:
                    crops = recorded[f"{graph}/{i}/{kind}"]
                buffers[graph][kind].copy_(crops)
            # Without autocast: values that are measured or solved once should be as exact as possible.
            for name, x in graphs[graph](buffers[graph]).items():
                sums[name] = sums.get(name, 0) + x.double()
        for x in sums.values():
            x.div_(batches * world)
            if world > 1:
                distributed.all_reduce(x)
        return sums

    # Factors that bring the teacher's layers to size 1 are measured once.
    scales = plan["graphs"]["scales"]["outputs"] if "scales" in plan else {}
    if any(states[output["state"]].isnan() for output in scales.values()):
        for name, power in mean("scales", plan["scales"]["batches"], 0).items():
            states[scales[name]["state"]].copy_(power.rsqrt())
    missing = [name for name, x in states.items() if x.isnan().any()]
    if missing:
        refuse("numbers", f"tensor {missing[0]}", "none, or NaN", "export the step again")

    def solve_maps():
        """Solves a distillation's linear maps by least squares. Wrong ones would spoil their features."""
        maps = plan["maps"]
        sums = mean(maps["graph"], maps["batches"], step)
        for layer in maps["layers"]:
            solved = least_squares(sums[layer["inputs"]][0], sums[layer["targets"]][0], maps["ridge"])
            for state, value in ((layer["weight"], solved[:-1].T[:, :, None, None]), (layer["bias"], solved[-1])):
                states[state].copy_(value)
                if world > 1:  # other machines may round differently
                    distributed.broadcast(states[state], 0)

    def save():
        kept = {name: x for name, x in states.items() if not name.startswith("frozen/")}
        versions = {"torch": torch.__version__, "python": sys.version.split()[0]}
        note = {
            **{"config": config, "step": step, "hours": trained(), "pictures": drawn, "losses": watch.read()},
            "history": place["history"],
            "versions": {"wasserfarbe": plan["versions"]["wasserfarbe"], **versions},
        }
        if rank == 0:
            write_tensors(checkpoint_file, {**others, **kept}, {CHECKPOINT_KEY: json.dumps(note)})

    def sample():
        """Writes a sheet: held-back contents down, styles across. Returns whether every sample is one colour.

        Samples of contents that are one colour themselves do not count.
        """
        size, flat = plan["sample"]["size"], plan["sample"]["flat"]
        blank = []
        with attempt("the sheet of samples"):
            contents, styles = (
                [square(p.read(name), size) for name in p.held[:count]] for p, count in zip(pictures.values(), (4, 8))
            )
            sheet = Image.new("RGB", (size * (1 + len(styles)), size * (1 + len(contents))), "white")
            for column, style in enumerate(styles):
                sheet.paste(picture_of(style), ((column + 1) * size, 0))
            for row, content in enumerate(contents):
                sheet.paste(picture_of(content), (0, (row + 1) * size))
                for column, style in enumerate(styles):
                    for name, pixels in (("content", content), ("style", style)):
                        if name in buffers["sample"]:
                            buffers["sample"][name].copy_(pixels[None])
                    painted = forward("sample")["picture"][0].float().cpu()
                    sheet.paste(picture_of(painted), ((column + 1) * size, (row + 1) * size))
                    if spread(content) >= flat:
                        blank.append(spread(painted) < flat)
            (args.out / "samples").mkdir(exist_ok=True)
            sheet.save(args.out / "samples" / f"step-{step:07}.png")
        return bool(blank) and all(blank)

    @contextmanager
    def attempt(what):
        """What can be done again later must not end a run."""
        try:
            yield
        except OSError as error:
            print(f"step {step}: {what} failed: {error}; the run goes on", flush=True)

    # A first signal ends the run properly, a second one at once.
    stop = []

    def interrupted(number, frame):
        stop.append(number)
        signal.signal(number, signal.SIG_DFL)

    signal.signal(signal.SIGINT, interrupted)
    signal.signal(signal.SIGTERM, interrupted)

    def agreed():
        """Whether all processes end before the next step."""
        ends = bool(stop) or time.time() - started > args.minutes * 60
        if world == 1:
            return ends
        # A vote waits for the device, which would slow down short steps if each had one.
        return step % (10 if cuda else 1) == 0 and everywhere(ends)

    def everywhere(said):
        """Whether `said` is true in any process."""
        ballot = torch.tensor(float(said), device=device)
        if world > 1:
            distributed.all_reduce(ballot)
        return bool(ballot)

    outputs = [output for part in plan["order"] for output in plan["graphs"][part["graph"]]["outputs"].values()]
    names = list(dict.fromkeys(output["loss"] for output in outputs if output["to"] == "loss"))
    watch = Watch(names, plan["divergence"], place["losses"], device)
    raw = open(args.out / "losses.jsonl", "w") if recorded is not None and rank == 0 else None
    began = saved = mark = time.time()
    since, good, blanks = step, step if args.resume else None, 0

    def trained():
        """Hours of training, those before this run too."""
        return place["hours"] + (time.time() - began) / 3600

    if rank == 0:  # Not sooner: a run that cannot begin leaves an earlier one whole.
        cut_log(log_file, step if args.resume else 0)
        if not args.resume:  # If this run ended before its first checkpoint, --resume would go on with the old one.
            checkpoint_file.unlink(missing_ok=True)
    while step < iterations and not agreed():
        if "maps" in plan and step % plan["maps"]["every"] == 0:
            solve_maps()
        losses = {}
        for i, part in enumerate(plan["order"]):
            graph = part["graph"]
            draw(graph, part["draw"], part["updates"], f"{step}/{i}")
            results = run(graph)
            if world > 1 and any(o["to"] == "gradient" for o in plan["graphs"][graph]["outputs"].values()):
                distributed.all_reduce(flat.div_(world))
            losses.update(results)
        values = torch.stack([losses[name].reshape(()).float() for name in names])
        if world > 1:
            distributed.all_reduce(values.div_(world))
        watch.see(values)
        step += 1
        drawn += per_step * world
        if raw:
            raw.write(json.dumps({"step": step, "losses": dict(zip(names, values.tolist()))}) + "\n")
        logs = step % config["logEvery"] == 0 or step == iterations
        saves = (time.time() - saved) / 60 > config["saveMinutes"]
        if logs or saves:
            left = f"the last good checkpoint is {checkpoint_file}" if good is not None else "there is no checkpoint yet"
            watch.judge(step, f"lower --learning-rate or --clip; {left}")
        if logs:
            means, speed, mark, since = watch.read(), (step - since) / (time.time() - mark), time.time(), step
            if rank == 0:
                line = {"step": step, "hours": trained(), "stepsPerSecond": speed, "losses": means}
                with attempt("its line in the log"), open(log_file, "a") as log:
                    log.write(json.dumps(line, separators=(",", ":")) + "\n")
            minutes = (iterations - step) / speed / 60
            say(f"step {step}/{iterations}, {speed:.3g} steps/s, {minutes:.0f} min left, {summary(means)}")
        if saves and watch.healthy():
            saved = time.time()
            with attempt("the checkpoint"):
                save()
                good = step
        if pictures and "sample" in plan and step % config["sampleEvery"] == 0:
            blanks = blanks + 1 if everywhere(rank == 0 and sample()) else 0
            if blanks == plan["sample"]["blank"]:
                received = f"one colour each, as on the {blanks - 1} sheets before: the network has collapsed"
                remedy = "begin anew, lower --learning-rate or --style-weight, or start from an autoencode stage by --init"
                refuse("pictures", f"the samples at step {step}", received, remedy)
    # The log may have been a while ago, and numbers that are not finite are no checkpoint.
    if watch.count:
        watch.judge(step, "lower --learning-rate or --clip; the last checkpoint, if there is one, stays")
    if step < iterations and good is not None and not watch.healthy():
        say(f"losses are well above their best; the checkpoint of step {good} stays")
    else:
        try:
            save()
        except OSError as error:
            remedy = "make room and go on with --resume from the last checkpoint, if there is one"
            refuse("a place to write", checkpoint_file, error, remedy)
    say(f"{step} steps in {trained():.2f} h; {summary(watch.read())}; {checkpoint_file}")
    if step < iterations:
        say(f"go on with --resume here, or with\n  wasserfarbe train --resume --save-dir {shlex.quote(str(args.out))}")
    sys.exit(128 + stop[0] if stop else 0)


def least_squares(inputs, targets, ridge):
    """X of inputs · X = targets, in float64; `ridge` times the mean of the diagonal is added to it."""
    level = ridge * inputs.diagonal().mean() * torch.eye(len(inputs), dtype=inputs.dtype, device=inputs.device)
    return torch.linalg.solve(inputs + level, targets)


def spread(picture):
    """The largest range of values of a channel of [3, h, w]."""
    return float((picture.amax((1, 2)) - picture.amin((1, 2))).max())


def square(data, size):
    """The middle square of a picture file, `size` pixels wide: [3, size, size], 0–1."""
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    pixels = numpy.array(picture.resize((size, size), Image.LANCZOS, (left, top, left + side, top + side)))
    return torch.from_numpy(pixels).permute(2, 0, 1) / 255


def picture_of(pixels):
    """A picture of [3, h, w], 0–1."""
    return Image.fromarray(pixels.clamp(0, 1).mul(255).round().byte().permute(1, 2, 0).numpy())


if __name__ == "__main__":
    main()
