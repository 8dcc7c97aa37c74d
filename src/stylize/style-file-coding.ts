/** The coding of a style's tensors in a style file: steps or float32, in zlib streams. */

import { defined } from '../defined.ts';
import { WeightsError } from '../errors.ts';
import { elementCount } from '../graph/shape.ts';
import type { WeightTensor } from '../weights/safetensors.ts';

/** Most bytes that one byte of a zlib stream can stand for: deflate codes up to 258 of them in two bits. */
export const LARGEST_RATIO = 1032;

export async function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes.slice()]).stream().pipeThrough(new CompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * The `size` bytes that a zlib stream holds. Ends as soon as there are more.
 *
 * @throws an Error in a few words if there are more or fewer, or the stream is damaged
 */
export async function inflate(bytes: Uint8Array, size: number): Promise<Uint8Array> {
  const whole = new Uint8Array(size);
  const stream = new Blob([bytes.slice()]).stream().pipeThrough(new DecompressionStream('deflate'));
  let position = 0;
  // Not `for await`: Safari cannot iterate over streams.
  const reader = stream.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const chunk = part.value;
    if (position + chunk.length > size) {
      await reader.cancel();
      throw new Error(`more than ${size} bytes`);
    }
    whole.set(chunk, position);
    position += chunk.length;
  }
  if (position < size) throw new Error(`${position} bytes instead of ${size}`);
  return whole;
}

/** Consecutive channels of one kind, all with one step. */
interface ChannelGroup {
  readonly channels: number;
  /** Steps per standard deviation within channels. Only the writer uses it. */
  readonly fineness: number;
  /** Holds deviations within the blocks that v was averaged over, not means of v². v comes first. */
  readonly deviations?: boolean;
}

/** A tensor as values in steps: `[1, C, P]` with channels on axis 1, or `[1, P, C]` on axis 2. */
interface StepCoding {
  readonly kind: 'steps';
  readonly axis: 1 | 2;
  readonly groups: readonly ChannelGroup[];
}

/** Any tensor, as it is. */
interface PlainCoding {
  readonly kind: 'float32';
}

export type Coding = StepCoding | PlainCoding;

/**
 * Steps per standard deviation for statistics attention: 0.5 MB for the slim model at 512², and stylised
 * pictures within 0.5/255 of those by float32. Float16 loses more, since v² loses its excess over the square
 * of v. For the measurement see docs/styles.md.
 */
const statisticsFineness = { keys: 224, values: 144, deviations: 72 };
/** For plain attention: no √C divides its logits, and its values meet no statistics. See docs/styles.md. */
const plainFineness = { keys: 1536, values: 768 };

/** With fewer positions a list of channels does not pay. */
const FEW_POSITIONS = 16;
const COLOURS = 3;
const LARGEST_CODE = 0xffff;
/** A channel has its least value, float32, its greatest code, uint16, and a code per position, uint16. */
const BYTES_OF_CHANNEL = 6;
const BYTES_OF_CODE = 2;
const BYTES_OF_STEP = 4;

/**
 * The coding of each tensor of a style, by its name and form. Keys and values of the attention become steps
 * if their form is known. Keys have C channels. Values have 2C (v and the means of v²) or C (v); 3 colours
 * may follow either. All other tensors stay float32, exactly.
 */
export function chooseCoding(name: string, tensors: Readonly<Record<string, WeightTensor>>): Coding {
  const plain: PlainCoding = { kind: 'float32' };
  const [, level, part] = /^(.+)\.(keys|values)$/.exec(name) ?? [];
  const [keys, values] = [tensors[`${level}.keys`], tensors[`${level}.values`]];
  if (keys === undefined || values === undefined) return plain;
  const [batch, channels = 0, positions = 0] = keys.shape;
  const [valueBatch, valuePositions, width = 0] = values.shape;
  const fits = keys.shape.length === 3 && values.shape.length === 3 && batch === 1 && valueBatch === 1;
  if (!fits || valuePositions !== positions || positions < FEW_POSITIONS) return plain;
  // Keys may come from other layers than values, so only the values tell how many channels v has.
  const halves = width - channels === 0 || width - channels === COLOURS ? [] : [width, width - COLOURS];
  const moments = halves
    .map((w) => w / 2)
    .find((c) => c >= 1 && Number.isInteger(c) && holdsMoments(values, c));
  const statistics = moments !== undefined;
  const fineness = statistics ? statisticsFineness : plainFineness;
  if (part === 'keys') return { kind: 'steps', axis: 1, groups: [{ channels, fineness: fineness.keys }] };
  const valueChannels = moments ?? channels;
  const own = statistics ? 2 * valueChannels : channels;
  if (width !== own && width !== own + COLOURS) return plain;
  const groups: ChannelGroup[] = [{ channels: valueChannels, fineness: fineness.values }];
  if (statistics) {
    groups.push({ channels: valueChannels, fineness: statisticsFineness.deviations, deviations: true });
  }
  if (width > own) groups.push({ channels: COLOURS, fineness: fineness.values });
  return { kind: 'steps', axis: 2, groups };
}

/** How many bytes a tensor of that shape takes before it is compressed. */
export function packedSize(shape: readonly number[], coding: Coding): number {
  if (coding.kind === 'float32') return 4 * elementCount(shape);
  const { channels, positions } = layoutOf(shape, coding);
  return coding.groups.length * BYTES_OF_STEP + channels * (BYTES_OF_CHANNEL + BYTES_OF_CODE * positions);
}

/** Whether a coding can belong to a shape: the channels add up, and v precedes its deviations. */
export function codingFits(shape: readonly number[], coding: Coding): boolean {
  if (coding.kind === 'float32') return true;
  const { channels } = layoutOf(shape, coding);
  const [first, ...rest] = coding.groups;
  if (shape.length !== 3 || shape[0] !== 1 || first === undefined || first.deviations) return false;
  if (rest.some((group) => group.deviations && group.channels > first.channels)) return false;
  return coding.groups.reduce((sum, group) => sum + group.channels, 0) === channels;
}

/**
 * The bytes of a tensor. Each group in steps has its step as float32, the least values of its channels as
 * float32 and their greatest codes as uint16; then follow the low bytes and the high bytes of all codes.
 * value = least + step · code.
 *
 * Channels with small codes come first: deflate takes blocks of some thousand bytes, and similar channels
 * side by side save a fiftieth. A group that would exceed 65535 steps gets wider ones.
 */
export function packTensor({ shape, data }: WeightTensor, coding: Coding): Uint8Array {
  if (coding.kind === 'float32') return new Uint8Array(data.slice().buffer);
  const bytes = new Uint8Array(packedSize(shape, coding));
  const view = new DataView(bytes.buffer);
  const { positions, at } = layoutOf(shape, coding);
  let [position, first, valueStep] = [0, 0, 0];
  for (const group of coding.groups) {
    const { channels, fineness, deviations = false } = group;
    const value = (c: number, p: number): number => {
      const x = data[at(first + c, p)] ?? 0;
      return deviations ? Math.sqrt(Math.max(0, x - (data[at(c, p)] ?? 0) ** 2)) : x;
    };
    const { least, greatest, deviation } = measure(value, channels, positions);
    const range = greatest.reduce((most, high, c) => Math.max(most, high - (least[c] ?? 0)), 0);
    // Without averaging, the deviations are remains of rounding: finer steps than those of v would be wasted.
    const floor = deviations ? valueStep / 4 : 0;
    const step = Math.fround(Math.max(deviation / fineness, floor, range / (LARGEST_CODE - 1))) || 1;
    if (!deviations) valueStep = step;
    const largest = greatest.map((high, c) => Math.round((high - (least[c] ?? 0)) / step));
    const low = writeGroupHead(view, position, step, least, largest);
    const high = low + channels * positions;
    for (const [place, c] of inOrder(largest).entries()) {
      const start = least[c] ?? 0;
      for (let p = 0; p < positions; p++) {
        const code = Math.round((value(c, p) - start) / step);
        bytes[low + place * positions + p] = code & 0xff;
        bytes[high + place * positions + p] = code >> 8;
      }
    }
    position = high + channels * positions;
    first += channels;
  }
  return bytes;
}

/**
 * The inverse of {@link packTensor}. `bytes` has the length that {@link packedSize} gives.
 *
 * @param name of tensor and file, for messages
 * @throws WeightsError if a value is not finite
 */
export function unpackTensor(
  bytes: Uint8Array,
  shape: readonly number[],
  coding: Coding,
  name: { readonly tensor: string; readonly file: string },
): WeightTensor {
  const data =
    coding.kind === 'float32' ? new Float32Array(bytes.slice().buffer) : unpackSteps(bytes, shape, coding);
  checkFinite(data, name.tensor, name.file);
  return { shape: [...shape], data };
}

/** @throws WeightsError naming the tensor */
export function checkFinite(data: Float32Array, tensor: string, where?: string): void {
  const wrong = data.find((value) => !Number.isFinite(value));
  if (wrong === undefined) return;
  throw new WeightsError({
    expected: 'finite values',
    name: `tensor "${tensor}"`,
    received: `${wrong}`,
    ...defined({ where }),
  });
}

function unpackSteps(bytes: Uint8Array, shape: readonly number[], coding: StepCoding): Float32Array {
  const data = new Float32Array(elementCount(shape));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const { positions, at } = layoutOf(shape, coding);
  let [position, first] = [0, 0];
  for (const { channels, deviations = false } of coding.groups) {
    const step = view.getFloat32(position, true);
    const leastAt = position + BYTES_OF_STEP;
    const largestAt = leastAt + 4 * channels;
    const largest = Array.from({ length: channels }, (_, c) => view.getUint16(largestAt + 2 * c, true));
    const low = largestAt + 2 * channels;
    const high = low + channels * positions;
    for (const [place, c] of inOrder(largest).entries()) {
      const least = view.getFloat32(leastAt + 4 * c, true);
      for (let p = 0; p < positions; p++) {
        const i = place * positions + p;
        const value = least + step * ((bytes[low + i] ?? 0) + 256 * (bytes[high + i] ?? 0));
        data[at(first + c, p)] = deviations ? value ** 2 + (data[at(c, p)] ?? 0) ** 2 : value;
      }
    }
    position = high + channels * positions;
    first += channels;
  }
  return data;
}

/** Returns the position at which the codes begin. */
function writeGroupHead(
  view: DataView,
  position: number,
  step: number,
  least: Float32Array,
  largest: Float32Array,
): number {
  const channels = least.length;
  view.setFloat32(position, step, true);
  const leastAt = position + BYTES_OF_STEP;
  for (let c = 0; c < channels; c++) {
    view.setFloat32(leastAt + 4 * c, least[c] ?? 0, true);
    view.setUint16(leastAt + 4 * channels + 2 * c, largest[c] ?? 0, true);
  }
  return leastAt + BYTES_OF_CHANNEL * channels;
}

/** Least and greatest value of each channel, and the standard deviation within channels over all of them. */
function measure(value: (c: number, p: number) => number, channels: number, positions: number) {
  const [least, greatest] = [new Float32Array(channels), new Float32Array(channels)];
  let variance = 0;
  for (let c = 0; c < channels; c++) {
    let [low, high, sum, squares] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
    for (let p = 0; p < positions; p++) {
      const x = value(c, p);
      low = Math.min(low, x);
      high = Math.max(high, x);
      sum += x;
      squares += x * x;
    }
    least[c] = low;
    greatest[c] = high;
    variance += Math.max(0, squares / positions - (sum / positions) ** 2);
  }
  return { least, greatest, deviation: Math.sqrt(variance / channels) };
}

/** Channels in the order of their greatest code, the same for writer and reader. */
function inOrder(largest: ArrayLike<number>): number[] {
  return Array.from(largest, (_, c) => c).sort((a, b) => (largest[a] ?? 0) - (largest[b] ?? 0) || a - b);
}

/** Whether the second C channels are nowhere below the squares of the first: means of squares never are. */
function holdsMoments({ shape, data }: WeightTensor, channels: number): boolean {
  const [, positions = 0, width = 0] = shape;
  for (let p = 0; p < positions; p++) {
    for (let c = 0; c < channels; c++) {
      const square = (data[p * width + c] ?? 0) ** 2;
      if ((data[p * width + channels + c] ?? 0) < square - 1e-4 * (square + 1)) return false;
    }
  }
  return true;
}

function layoutOf(shape: readonly number[], { axis }: StepCoding) {
  const channels = shape[axis] ?? 0;
  const positions = shape[3 - axis] ?? 0;
  const at =
    axis === 1 ? (c: number, p: number) => c * positions + p : (c: number, p: number) => p * channels + c;
  return { channels, positions, at };
}
