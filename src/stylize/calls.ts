/** The calls of a stylizer. They are the same in Node and browsers; a platform says how it opens pictures. */

import { COLOUR_SIDE, STYLE_SIZE } from './defaults.ts';
import { defined } from '../defined.ts';
import { SettingError, WeightsError } from '../errors.ts';
import { baseName } from '../files/names.ts';
import type { RgbImage } from '../images/image.ts';
import type { SizeRequest } from '../images/size.ts';
import { inColoursOf } from './colours.ts';
import { checkOptions } from './option-kinds.ts';
import { type PrepareStyleOptions, prepareStyleOptions, type StylizeOptions } from './options.ts';
import { isStyle, type Share, type Style, type StylizerModel, type WeightedStyle } from './style.ts';
import {
  decodeStyleFile,
  type EncodeStyleFileOptions,
  encodeStyleFile,
  readStyleFileInfo,
  type StyleThumbnail,
} from './style-file.ts';
import { checkStyleFile } from './style-file-check.ts';
import { styleRequest } from './style-size.ts';
import type { PixelStylizer } from './stylizer.ts';

/** How a platform handles pictures, in whatever form its users have them. */
export interface Platform<Picture> {
  /** Brings a picture into memory, at a size. */
  open(picture: Picture, request: SizeRequest, signal?: AbortSignal): Promise<RgbImage>;
  resize(image: RgbImage, request: SizeRequest): RgbImage | Promise<RgbImage>;
  /** The bytes of a style file, and its name if it has one; undefined for a picture. */
  readStyleFile(picture: Picture, signal?: AbortSignal): Promise<StyleFile | undefined>;
  /** Options of writing style files, asked for when one is written. */
  styleFiles?(): EncodeStyleFileOptions & { readonly version?: string };
}

export interface StyleFile {
  readonly bytes: Uint8Array;
  readonly name?: string;
}

export interface Calls<Picture> {
  prepareStyle(picture: Picture, options?: PrepareStyleOptions): Promise<Style>;
  /**
   * The styles of a picture, encoded.
   *
   * @param colours gives the content, or a small copy of it; called only if styles take its colours
   */
  prepareShares(
    shares: readonly Share<Picture>[],
    colours: () => Promise<RgbImage>,
    options: StylizeOptions,
  ): Promise<WeightedStyle[]>;
  /** The picture of a style, in the colours of the content if wanted; refused if it is encoded already. */
  openStyle(
    style: Style | Picture,
    what: string,
    colours: () => Promise<RgbImage>,
    options: StylizeOptions,
  ): Promise<RgbImage>;
  /** The bytes of a style file. */
  encodeStyle(
    style: Style,
    notes: { readonly source?: string | undefined; readonly thumbnail?: StyleThumbnail | undefined },
  ): Promise<Uint8Array>;
}

/** The size to which a content is brought. */
export function contentRequest({ contentSize }: Pick<StylizeOptions, 'contentSize'>): SizeRequest {
  return contentSize === undefined ? {} : { shortSide: contentSize };
}

/** What needs style pictures for their colours, in errors. */
const CORAL = 'preserveColor coral';

export function createCalls<Picture>(
  model: StylizerModel,
  pixels: PixelStylizer,
  { open, resize, readStyleFile, styleFiles }: Platform<Picture>,
): Calls<Picture> {
  async function prepareStyle(picture: Picture, options: PrepareStyleOptions = {}): Promise<Style> {
    checkOptions(options, prepareStyleOptions, 'prepareStyle');
    const { size = STYLE_SIZE, signal } = options;
    signal?.throwIfAborted();
    const file = await readStyleFile(picture, signal);
    if (file === undefined) {
      const image = await open(picture, styleRequest(size), signal);
      return pixels.encodeStyle(image, options);
    }
    const { bytes, name } = file;
    checkStyleFile(readStyleFileInfo(bytes, name), model, name ?? 'painting.style');
    return decodeStyleFile(bytes, name);
  }

  /** A style's picture, in the colours of the content if wanted. `what` names the need for it in errors. */
  async function openStyle(
    style: Style | Picture,
    what: string,
    colours: () => Promise<RgbImage>,
    { styleSize = STYLE_SIZE, signal, preserveColor }: StylizeOptions,
  ): Promise<RgbImage> {
    if (isStyle(style) || (await readStyleFile(style, signal)) !== undefined) {
      throw new SettingError({
        expected: 'a style picture',
        name: what,
        received: 'an encoded style',
        remedy: `give the picture itself${what === CORAL ? ', or use luma' : ''}`,
      });
    }
    const image = await open(style, styleRequest(styleSize), signal);
    if (preserveColor !== 'coral') return image;
    const content = await colours();
    const small = Math.max(content.width, content.height) <= COLOUR_SIDE;
    const seen = small ? content : await resize(content, { longSide: COLOUR_SIDE });
    return inColoursOf(seen, image);
  }

  /** A style picture in the colours of the content, encoded. */
  async function recoloured(
    style: Style | Picture,
    colours: () => Promise<RgbImage>,
    options: StylizeOptions,
  ): Promise<Style> {
    const image = await openStyle(style, CORAL, colours, options);
    return pixels.encodeStyle(image, defined({ signal: options.signal }));
  }

  return {
    prepareStyle,
    openStyle,

    async prepareShares(shares, colours, options) {
      const { styleSize, signal, preserveColor } = options;
      const prepared: WeightedStyle[] = [];
      for (const share of shares) {
        const { style } = share;
        if (preserveColor === 'coral') {
          prepared.push({ ...share, style: await recoloured(style, colours, options) });
        } else if (isStyle(style)) prepared.push({ ...share, style });
        else {
          const encoded = await prepareStyle(style, defined({ size: styleSize, signal }));
          prepared.push({ ...share, style: encoded });
        }
      }
      return prepared;
    },

    async encodeStyle(style, { source, thumbnail }) {
      if (style?.model !== model.sha256) {
        throw new WeightsError({
          expected: `a style of model ${model.name}`,
          name: 'style',
          received: 'one of another model',
          remedy: 'save it with the stylizer that prepared it',
        });
      }
      const { version, ...how } = styleFiles?.() ?? {};
      const named = source === undefined ? undefined : label(source);
      const notes = { modelName: label(model.name), ...defined({ source: named, thumbnail, version }) };
      return encodeStyleFile(style, notes, how);
    },
  };
}

/**
 * A name for the file. Paths may hold characters that no terminal should see, and may be
 * too long for the format.
 */
function label(path: string): string {
  return baseName(path)
    .replace(/\p{Cc}/gu, ' ')
    .slice(0, 255);
}
