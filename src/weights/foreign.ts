/** Files of other programs, recognised by their bytes. Of some the tensors are read; each is named. */

/** What a file is, and what to do with it. */
export interface Foreign {
  /** For "but received". */
  readonly kind: string;
  /** What to do where a file of this package is needed. */
  readonly remedy: string;
  /** Whose tensors `readTensors` reads. */
  readonly format?: 'torch' | 'onnx';
}

/** Number of bytes at the start of a file that {@link foreignFile} looks at. */
export const FOREIGN_HEAD_BYTES = 4096;

const FETCH_AGAIN = 'it is not the file itself: fetch it again';

const IMPORTED = 'wasserfarbe weights import reads it, if it is a VGG-19';
const TORCH = { remedy: IMPORTED, format: 'torch' } as const;
const NUMPY = 'it is not loaded yet: in Python, safetensors.numpy.save_file(dict(numpy.load(FILE)), …)';
const OTHERS = 'it is not loaded yet: save its tensors as safetensors where it comes from';

/** Signatures as text of the bytes; `?` stands for any byte. The first match wins. */
const signatures: readonly (readonly [string, Foreign])[] = [
  // The magic number that torch.save wrote as a pickle of its own before version 1.6.
  ['\x80?\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19', { kind: 'a PyTorch file (an old pickle)', ...TORCH }],
  ['\x80\x02', { kind: 'a Python pickle', ...TORCH }],
  ['\x80\x03', { kind: 'a Python pickle', ...TORCH }],
  ['\x80\x04', { kind: 'a Python pickle', ...TORCH }],
  ['\x80\x05', { kind: 'a Python pickle', ...TORCH }],
  [`${'?'.repeat(257)}ustar`, { kind: 'a tar archive', ...TORCH }],
  ['????????????V 1', { kind: 'a file of Torch for Lua (.t7)', remedy: OTHERS }],
  ['\x89HDF\r\n\x1a\n', { kind: 'an HDF5 file, such as Keras writes (.h5)', remedy: OTHERS }],
  ['\x93NUMPY', { kind: 'an array of NumPy (.npy)', remedy: OTHERS }],
  ['MATLAB 5.0 MAT-file', { kind: 'a MATLAB file (.mat)', remedy: OTHERS }],
  ['????TFL3', { kind: 'a TensorFlow Lite file', remedy: OTHERS }],
  ['GGUF', { kind: 'a GGUF file', remedy: OTHERS }],
  ['version https://git-lfs', { kind: 'a Git LFS pointer', remedy: 'fetch the file itself: git lfs pull' }],
  ['<!DOCTYPE', { kind: 'a web page', remedy: FETCH_AGAIN }],
  ['<!doctype', { kind: 'a web page', remedy: FETCH_AGAIN }],
  ['<html', { kind: 'a web page', remedy: FETCH_AGAIN }],
];

/** Fields of ONNX's ModelProto that may follow its first one, with their types, as bytes of protobuf. */
const onnxFields = [0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42, 0x72];

/** Recognises a file by its bytes, all or the first; undefined for safetensors and what is unknown. */
export function foreignFile(bytes: Uint8Array): Foreign | undefined {
  const head = latin(bytes.subarray(0, FOREIGN_HEAD_BYTES));
  // The length of a header may look like another signature: 640 bytes begin like a pickle.
  if (/^....\0\0\0\0\{/s.test(head)) return undefined;
  if (head.startsWith('PK\x03\x04')) return archiveOf(head + latin(bytes.subarray(-FOREIGN_HEAD_BYTES)));
  const known = signatures.find(([signature]) =>
    [...signature].every((letter, i) => (letter === '?' ? i < head.length : letter === head[i])),
  );
  if (known !== undefined) return known[1];
  // The version of the format, then another field.
  const [field, version = 0, next = 0] = bytes;
  if (field === 0x08 && version > 0 && version < 32 && onnxFields.includes(next)) {
    return { kind: 'an ONNX graph', remedy: IMPORTED, format: 'onnx' };
  }
  return undefined;
}

/** Kinds of ZIP archives, by the names of the files in them. */
function archiveOf(names: string): Foreign {
  if (names.includes('data.pkl')) return { kind: 'a PyTorch file', ...TORCH };
  if (names.includes('.npy')) return { kind: 'arrays of NumPy (.npz)', remedy: NUMPY };
  if (names.includes('.weights.h5')) return { kind: 'a Keras file', remedy: OTHERS };
  return { kind: 'a ZIP archive', remedy: 'unpack it first' };
}

function latin(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** How programs name tensors. The first pattern that one of the names has wins. */
const namings: readonly (readonly [RegExp, string])[] = [
  [/^features\.\d+\.weight$/, 'these are names of torchvision: give it as the loss network or the encoder'],
  [
    /^\d+\.weight$/,
    'these are numbered names of a PyTorch Sequential, as in AdaIN’s vgg_normalised: give it as the loss network or the encoder',
  ],
  [/^block\d_conv\d/, 'these are names of Keras: rename block1_conv1 to conv1_1, and so on'],
  [/^(encoder|decoder)\.\w/, 'this is a model that paints, or a checkpoint of one'],
  [/diffusion_model|^(down|up)_blocks|^unet/, 'this is a diffusion model'],
];

/** What the names of tensors tell of a file in which the wanted ones are missing. */
export function namingOf(names: Iterable<string>): string | undefined {
  const all = [...names];
  return namings.find(([pattern]) => all.some((name) => pattern.test(name)))?.[1];
}
