/**
 * The evaluation protocol: every method on the same contents × styles (or a seeded choice of pairs), and
 * metrics of each output. After the 20 × 40 pictures at 512² of StyleID (Chung et al. 2024). Node only.
 */

import type { PaintingChoices } from '../../stylize/options.ts';
import { defined } from '../../defined.ts';
import { internal } from '../../errors.ts';
import type { RgbImage } from '../../images/image.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { LossNetwork } from '../../networks/loss-network.ts';
import { FRAME } from '../artefacts.ts';
import { pause } from '../../pause.ts';
import { diversity, QUANTILES } from '../diversity.ts';
import { createEye, EYE_SIDE, type Eye } from '../eye.ts';
import { createJudge, type Judge, type SeenLayers } from '../judge.ts';
import type { Contestant } from './contestants.ts';
import { eightBits, measureAgainst, metricInfo, ownOutputMetrics, type PairMetrics } from '../metrics.ts';
import { PAINTED_SIDE, paintedAgainst, paintedContent, type PaintedStyle, paintedStyle } from '../painted.ts';
import { readSquare, type Square } from './squares.ts';
import { baseName } from '../../files/names.ts';
import { DIRECTIONS, METRICS_SEED, POSITIONS } from '../sliced.ts';
import { BOOTSTRAPS, type PairResult, rounded } from '../statistics.ts';
import { timingProtocol } from './timing.ts';
import { drawClip, flicker } from '../flicker.ts';
import { STEADINESS, steadyAll } from '../../video/steady.ts';
import { TONE_DIRECTIONS, TONE_QUANTILES } from '../tones.ts';

/**
 * Number of styles that are kept encoded at a time, for all methods. It bounds the memory for any number of
 * styles.
 */
const STYLE_BLOCK = 20;

const CLIP_FRAMES = 4;
/** Pixels of the content around the first frame of a clip. */
const CLIP_MARGIN = 16;

/** A network, and its name in tables. */
interface OpenedNetwork {
  readonly file: string;
  readonly network: LossNetwork;
}

export interface EvaluationOptions {
  /** The judge, a VGG-19 with relu1_1 … relu5_1. Without it, the metrics that need it are missing. */
  readonly loss?: OpenedNetwork | undefined;
  /** The network that strokes are measured through, a VGG-19 with relu1_1 … relu3_1. */
  readonly eye: OpenedNetwork;
  /** Runtime of judge and eye. */
  readonly runtime: Runtime;
  /** Picture files. */
  readonly contents: readonly string[];
  readonly styles: readonly string[];
  /** Content numbers for each style: see `choosePairs`. */
  readonly chosen: readonly (readonly number[])[];
  /** Side of contents, styles and outputs, in pixels. */
  readonly size: number;
  /** Whether models also paint a drawn clip of each pair: four paintings more. */
  readonly flicker?: boolean;
  /** Aborting makes the evaluation reject with the signal's reason, between two outputs. */
  readonly signal?: AbortSignal;
  /** Called with every output, rounded to 8 bits; the next output waits for it. */
  readonly onOutput?: (output: JudgedOutput) => void | Promise<void>;
}

/** A result, with its picture. */
export interface JudgedOutput {
  readonly result: MethodResult;
  readonly content: Square;
  readonly style: Square;
  readonly image: RgbImage;
}

export interface MethodResult extends PairResult {
  readonly method: string;
}

/** Evaluates methods side by side. Keeps no outputs; results come in the order in which they were made. */
export async function evaluate(
  contestants: readonly Contestant[],
  options: EvaluationOptions,
): Promise<MethodResult[]> {
  const { contents, styles, chosen, size, signal, loss, eye: seeing, runtime } = options;
  if (contestants.length === 0) return [];
  const judge = loss && createJudge(loss.network, runtime);
  const eye = await createEye(seeing.network, runtime);
  const results: MethodResult[] = [];
  const differences = diversity();
  try {
    for (let first = 0; first < styles.length; first += STYLE_BLOCK) {
      const numbers = styles.map((_, s) => s).slice(first, first + STYLE_BLOCK);
      const prepared = new Map<number, PreparedStyle>();
      // Contents are the outer loop, so that each content's part of the metrics, with the largest matrix, is
      // computed once.
      for (const [c, contentFile] of contents.entries()) {
        const wanted = numbers.filter((s) => chosen[s]?.includes(c));
        if (wanted.length === 0) continue;
        const content = await readSquare(contentFile, size);
        const measure = await measureAgainst(judge, content);
        const ownPainted = paintedContent(content);
        for (const s of wanted) {
          const styleFile = styles[s] ?? '';
          const style = prepared.get(s) ?? (await prepare(contestants, { judge, eye }, styleFile, size));
          prepared.set(s, style);
          const painted = await paintedAgainst(eye, style.painted, ownPainted);
          for (const { name, kind } of contestants) {
            await pause(signal);
            const output = await style.paint(name, content);
            const image = eightBits(output);
            const { metrics: own, layers } = await measure(image, style.seen);
            const different = layers && style.seen && differences(name, contentFile, layers, style.seen);
            const metrics = {
              ...(await painted(image)),
              ...own,
              ...defined({ diversity: different }),
              ...(kind === 'model' ? ownOutputMetrics(output) : {}),
              ...(kind === 'model' && options.flicker
                ? await flickerOf(content, (frame) => style.paint(name, frame))
                : {}),
            };
            const result: MethodResult = {
              method: name,
              content: baseName(contentFile),
              style: baseName(styleFile),
              metrics: roundedAll(metrics),
            };
            results.push(result);
            await options.onOutput?.({ result, content, style: style.square, image });
          }
        }
      }
    }
  } finally {
    await judge?.dispose();
    await eye.dispose();
  }
  return results;
}

/** Flicker of paintings of a drawn pan, each for itself and steadied. */
async function flickerOf(
  content: Square,
  paint: (frame: Square) => Promise<RgbImage>,
): Promise<Pick<PairMetrics, 'flicker' | 'steadied'>> {
  const { frames, motions } = drawClip(content, 'pan', CLIP_FRAMES, CLIP_MARGIN);
  const plain: RgbImage[] = [];
  for (const frame of frames) plain.push(eightBits(await paint({ ...frame, stem: content.stem })));
  const held = steadyAll(frames, plain, STEADINESS);
  return { flicker: flicker(plain, motions), steadied: flicker(held, motions) };
}

interface PreparedStyle {
  readonly square: Square;
  readonly seen: SeenLayers | undefined;
  readonly painted: PaintedStyle;
  paint(method: string, content: Square): Promise<RgbImage>;
}

async function prepare(
  contestants: readonly Contestant[],
  { judge, eye }: { readonly judge: Judge | undefined; readonly eye: Eye },
  file: string,
  size: number,
): Promise<PreparedStyle> {
  const square = await readSquare(file, size);
  const seen = await judge?.look(square);
  const painters = new Map<string, (content: Square) => Promise<RgbImage>>();
  for (const { name, method } of contestants) painters.set(name, await method.prepare(square));
  return {
    square,
    seen: seen?.layers,
    painted: await paintedStyle(eye, square),
    async paint(method, content) {
      const paint = painters.get(method);
      if (paint === undefined) throw internal(`no painter ${method}`);
      return paint(content);
    },
  };
}

function roundedAll(metrics: PairMetrics): PairMetrics {
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, rounded(value)]));
}

/** Description of a network for {@link protocolOf}. */
export interface NamedNetwork {
  readonly file: string;
  readonly sha256: string;
}

/** The conditions under which the numbers hold, to be printed next to them. */
export function protocolOf(
  options: Pick<EvaluationOptions, 'contents' | 'styles' | 'chosen' | 'size' | 'flicker'> & {
    readonly loss?: NamedNetwork | undefined;
    readonly eye: NamedNetwork;
    readonly seed: number;
    readonly choices?: PaintingChoices;
    /** The files that run time was measured with, if it was measured. */
    readonly timed?: { readonly content: string; readonly style: string } | undefined;
  },
): Record<string, string | number> {
  const { contents, styles, chosen, size, loss, eye, seed, choices, timed } = options;
  const pairs = chosen.reduce((count, list) => count + list.length, 0);
  return {
    pictures: `${contents.length} contents × ${styles.length} styles, ${pairs} pairs`,
    size: `${size}×${size}, short side resized, middle square, style read at the same size`,
    eye: eye.file,
    eyeSha256: eye.sha256,
    ...(loss === undefined ? {} : { lossNetwork: loss.file, lossNetworkSha256: loss.sha256 }),
    ...choices,
    outputs: 'clamped and rounded to 8 bits before they are judged',
    strokes: `luma at ${PAINTED_SIDE}² with the style’s histogram, seen at ${EYE_SIDE}² by the eye: G(output) / max(G(style mirrored), 0.05), G = 1 − mean over relu1_1, relu2_1, relu3_1 of REMD to the style over the content’s, 1,024 places a layer`,
    newStructure:
      'the same luma at 256², bands between Gaussians of σ 1, 2, 4, 8: root of the energy that the content’s band, fitted with σ 6, leaves, over the style’s; at most 1.5; mean',
    tones: `means of 8×8 blocks in Y, R−Y, B−Y over the style’s deviations: sliced W2² to the style, ${TONE_DIRECTIONS} directions, ${TONE_QUANTILES} quantiles, over that of the content with the style’s mean and covariance`,
    ...(loss === undefined ? {} : judgedProtocol()),
    ssim: 'luminance, 11×11 Gaussian σ 1.5',
    border: `distance in mean colours and deviation between the ${FRAME}-pixel frame and the next ring over that of the next two, over the content’s own`,
    checkerboard:
      'energy of luminance filtered by [1 −4 6 −4 1]/16 over its variance, over the content’s own',
    grid: 'power folded at period 8 over the geometric mean at 7 and 9, blocks of 64, over the content’s own',
    clipped: `${metricInfo.clipped.about}; outside: before clamping, by more than ½/255`,
    ...(options.flicker
      ? { flicker: `${metricInfo.flicker.about}; steadied: ${metricInfo.steadied.about}, ${STEADINESS}` }
      : {}),
    interval: `95 % of ${BOOTSTRAPS.toLocaleString('en')} bootstrap medians over pairs`,
    ...(timed === undefined
      ? {}
      : { timing: timingProtocol(baseName(timed.content), baseName(timed.style)) }),
    seed,
  };
}

function judgedProtocol() {
  return {
    content: `${metricInfo.content.about} (contentRaw: as they are)`,
    style: metricInfo.style.about,
    swd: `Σ relu1_1 … relu5_1 of sliced W2², ${DIRECTIONS} directions, up to ${POSITIONS} positions, seed ${METRICS_SEED}`,
    diversity: `swd between outputs of one content in two styles, each with the one before, over that of the styles, ${QUANTILES} quantiles`,
    cfsd: 'mean KL of softmaxed self-similarity of relu3_1 (products over C), averaged to at most 4,096 positions',
  };
}
