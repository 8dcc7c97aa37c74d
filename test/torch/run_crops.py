"""python3 run_crops.py FOLDER SIZE: crops of FOLDER/inputs.safetensors into results.safetensors."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "torch"))
import torch
from train import crop, read_tensors, write_tensors

folder, size = Path(sys.argv[1]), int(sys.argv[2])
inputs, _ = read_tensors(folder / "inputs.safetensors")
pictures = [inputs[f"picture {i}"].byte().permute(2, 0, 1) for i in range(len(inputs["left"]))]
places = [inputs[name] for name in ("left", "top", "region")]
crops = crop(pictures, *places, inputs["mirrored"] > 0, size, torch.device("cpu"))
write_tensors(folder / "results.safetensors", {"crops": crops})
