/** In the worker: model, runtime and stylizer, and what they do with pictures. */

import { defined } from '../defined.ts';
import { SettingError, WeightsError } from '../errors.ts';
import type { RgbImage, SizeRequest } from '../images/image.ts';
import { resampleImage } from '../images/resample.ts';
import { outputSize } from '../images/size.ts';
import { choicesOf } from '../stylize/choices.ts';
import { inColoursOf } from '../stylize/colours.ts';
import { DRAFTING_SIZE } from '../stylize/levels.ts';
import type { Style, StylizeProgress, WeightedStyle } from '../stylize/options.ts';
import { checkStyleFile, DEFAULT_STYLE_SIZE } from '../stylize/style-file-check.ts';
import { decodeStyleFile, encodeStyleFile, readStyleFileInfo } from '../stylize/style-file.ts';
import { createStylizer } from '../stylize/stylizer.ts';
import { openPicture, readStyleBytes, styleRequest, toPixels } from './decode.ts';
import { fetchModel } from './model.ts';
import { startRuntime } from './onnxruntime.ts';
import type { LoadRequest, Pixels, SentPicture, SentShare, StylizeRequest } from './protocol.ts';

/** What hears of a stylisation. */
interface Listener {
  readonly signal: AbortSignal;
  onProgress(progress: StylizeProgress): void;
  onPreview(preview: Pixels): void;
}

export interface Engine {
  readonly model: string;
  readonly device: 'webgpu' | 'wasm';
  prepareStyle(picture: SentPicture, size: number | undefined, signal: AbortSignal): Promise<Style>;
  saveStyle(style: Style, source: string | undefined): Promise<Uint8Array<ArrayBuffer>>;
  stylize(request: StylizeRequest, listener: Listener): Promise<Pixels>;
}

/**
 * Bytes that a run may take: browsers do not tell what is free. WebAssembly has 4 GB of addresses, of which the programs of
 * other sizes, which stay ready, keep a part.
 */
const AVAILABLE_BYTES = 1.5e9;

/** Preview and picture, and the style, of two sizes of pictures. */
const PROGRAMS = 6;

/** Side that is enough for the statistics of a picture's colours. */
const COLOUR_SIDE = 256;

export async function createEngine(request: LoadRequest): Promise<Engine> {
  // The larger download is begun first, and neither waits for the other.
  const fetching = fetchModel(request.weights, request.card);
  fetching.catch(() => undefined);
  const { runtime, device } = await startRuntime(request);
  const model = await fetching;
  const stylizer = createStylizer(model, runtime, {
    programs: PROGRAMS,
    availableMemory: () => AVAILABLE_BYTES,
  });

  async function prepareStyle(
    picture: SentPicture,
    size = DEFAULT_STYLE_SIZE,
    signal: AbortSignal,
  ): Promise<Style> {
    const bytes = await readStyleBytes(picture, signal);
    if (bytes === undefined) {
      const image = await openPicture(picture, styleRequest(size), signal);
      return stylizer.encodeStyle(image, { signal });
    }
    const { name } = picture;
    checkStyleFile(readStyleFileInfo(bytes, name), model, name);
    return decodeStyleFile(bytes, name);
  }

  /** The style of a share, in the content's colours if that is wanted. */
  async function styleOf(
    { style }: SentShare,
    content: RgbImage,
    { styleSize = DEFAULT_STYLE_SIZE, preserveColor }: StylizeRequest,
    signal: AbortSignal,
  ): Promise<Style> {
    if (preserveColor !== 'coral') {
      return isStyle(style) ? style : prepareStyle(style, styleSize, signal);
    }
    if (isStyle(style) || (await readStyleBytes(style, signal)) !== undefined) {
      throw new SettingError({
        expected: 'a style picture',
        name: 'preserveColor coral',
        received: 'an encoded style',
        remedy: 'give the picture itself, or use luma',
      });
    }
    const picture = await openPicture(style, styleRequest(styleSize), signal);
    const { width, height } = content;
    const small =
      Math.max(width, height) <= COLOUR_SIDE ? content : resized(content, { longSide: COLOUR_SIDE });
    return stylizer.encodeStyle(inColoursOf(small, picture), { signal });
  }

  return {
    model: model.name,
    device,
    prepareStyle,
    async saveStyle(style, source) {
      if (style.model !== model.sha256) {
        throw new WeightsError({
          expected: `a style of model ${model.name}`,
          name: 'style',
          received: 'one of another model',
          remedy: 'save it with the stylizer that prepared it',
        });
      }
      const notes = { modelName: model.name, ...(source === undefined ? {} : { source }) };
      return new Uint8Array(await encodeStyleFile(style, notes));
    },
    async stylize(request, { signal, onProgress, onPreview }) {
      const { picture, styles, preserveColor, contentSize, previewSize, strengthMap, tile, maxMemory } =
        request;
      onProgress({ phase: 'read' });
      const wish = contentSize === undefined ? {} : { shortSide: contentSize };
      const content = await openPicture(picture, wish, signal);
      const prepared: WeightedStyle[] = [];
      for (const share of styles) {
        prepared.push({ ...share, style: await styleOf(share, content, request, signal) });
      }
      const options = {
        ...choicesOf(request),
        ...defined({ strengthMap, tile, maxMemory }),
        signal,
        ...(preserveColor === 'luma' ? { preserveColor } : {}),
      };
      // Less than half as long a way to go is not worth a stop.
      if (previewSize !== undefined && Math.min(content.width, content.height) > 1.5 * previewSize) {
        const small = resized(content, { shortSide: previewSize });
        const preview = {
          ...options,
          finestSize: Math.min(DRAFTING_SIZE, options.finestSize ?? DRAFTING_SIZE),
        };
        onPreview(toPixels(await stylizer.stylize(small, prepared, preview)));
      }
      const painted = await stylizer.stylize(content, prepared, { ...options, onProgress });
      return toPixels(painted);
    },
  };
}

function resized(image: RgbImage, request: SizeRequest): RgbImage {
  return resampleImage(image, outputSize(image, request));
}

function isStyle(style: Style | SentPicture): style is Style {
  return 'tensors' in style;
}
