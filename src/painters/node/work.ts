/** The tasks of a painter, done with a stylizer. */

import { openRegular } from '../../files/regular.ts';
import { HEAD_BYTES, recognise } from '../../images/formats.ts';
import { type ImageSize, outputSize } from '../../images/image.ts';
import { inspectImage } from '../../images/node/image-file.ts';
import { contentRequest } from '../../stylize/calls.ts';
import { styleRequest } from '../../stylize/style-size.ts';
import { defined } from '../../defined.ts';
import { saveImageOptions } from '../../stylize/node/options.ts';
import { isStyleFileAt } from '../../stylize/node/style-files.ts';
import type { StyleShare, Stylizer } from '../../stylize/node/stylizer.ts';
import { pickOptions, refineOptions, type StylizeProgress, stylizeOptions } from '../../stylize/options.ts';
import type { Style } from '../../stylize/style.ts';
import { PaintingFault } from './fault.ts';
import type {
  PainterSetup,
  PaintTask,
  StyleSource,
  StyleTask,
  Task,
  TaskProgress,
  TaskResult,
} from './task.ts';

/** Encoded styles that are kept, of 2 MB each. */
const KEPT_STYLES = 32;

export interface Call {
  readonly signal: AbortSignal;
  onProgress(progress: TaskProgress): void;
}

/** Does tasks one after another. Styles used lately are not read again: their files do not change. */
export class Worker {
  readonly #stylizer: Stylizer;
  readonly #setup: PainterSetup;
  readonly #styles = new Map<string, Style>();

  constructor(stylizer: Stylizer, setup: PainterSetup) {
    this.#stylizer = stylizer;
    this.#setup = setup;
  }

  /** @throws as the calls of a stylizer; PaintingFault for a file beyond the limits or of a kind not read */
  async do(task: Task, call: Call): Promise<TaskResult> {
    const began = performance.now();
    const done = await (task.do === 'paint' ? this.#paint(task, call) : this.#encode(task, call));
    return { ...done, seconds: (performance.now() - began) / 1000 };
  }

  async #paint({ content, styles, output, options }: PaintTask, { signal, onProgress }: Call) {
    const size = outputSize(await this.#inspect(content), contentRequest(options));
    this.#checkPixels(size, 'the result');
    // Refining, and taking the colours of the content, need the style's picture itself.
    const plain = options.refine === true || options.preserveColor === 'coral';
    const shares: StyleShare[] = [];
    for (const style of styles) {
      const { weight } = style;
      if (plain) await this.#inspectStyle(style.path, options.styleSize);
      const share = plain ? style.path : await this.#style(style, options.styleSize, signal);
      shares.push({ style: share, ...defined({ weight }) });
    }
    const { maxMemory } = this.#setup;
    const how = {
      ...{ signal, maxMemory },
      onProgress: (progress: StylizeProgress) => onProgress(asMessage(progress)),
    };
    const saving = pickOptions(options, saveImageOptions);
    if (options.refine !== true) {
      const painting = { ...pickOptions(options, stylizeOptions), ...how, ...saving };
      return this.#stylizer.stylizeFile(content, shares, output, painting);
    }
    const refining = { ...pickOptions(options, refineOptions), ...how };
    const refined = await this.#stylizer.refine(content, shares, refining);
    await refined.toFile(output, saving);
    return { width: refined.width, height: refined.height, warnings: refined.source?.warnings ?? [] };
  }

  async #encode({ picture, size, output }: StyleTask, { signal }: Call) {
    const style = await this.#style({ path: picture }, size, signal);
    const isPicture = !(await isStyleFileAt(picture));
    await this.#stylizer.saveStyle(style, output, isPicture ? { picture, source: 'picture' } : {});
    return { width: style.width, height: style.height, warnings: [] };
  }

  async #style({ path }: StyleSource, size: number | undefined, signal: AbortSignal): Promise<Style> {
    const key = `${size ?? ''} ${path}`;
    const known = this.#styles.get(key);
    this.#styles.delete(key);
    if (known === undefined) await this.#inspectStyle(path, size);
    const style = known ?? (await this.#stylizer.prepareStyle(path, defined({ size, signal })));
    this.#styles.set(key, style);
    const [oldest] = this.#styles.keys();
    if (this.#styles.size > KEPT_STYLES && oldest !== undefined) this.#styles.delete(oldest);
    return style;
  }

  /** Looks at a style before it is decoded. The usual size is no wish of the client, and not too large. */
  async #inspectStyle(path: string, size: number | undefined): Promise<void> {
    if (await isStyleFileAt(path)) return;
    const source = await this.#inspect(path);
    if (size !== undefined)
      this.#checkPixels(outputSize(source, styleRequest(size)), `${path} at size ${size}`);
  }

  /** Looks at a file before any of its pixels are decoded. */
  async #inspect(path: string): Promise<ImageSize> {
    const head = await headOf(path);
    const found = head === undefined ? undefined : recognise(head);
    if (found !== undefined && ('other' in found || found.format === 'svg')) {
      const received = 'other' in found ? found.other : 'an SVG drawing';
      const remedy = 'convert it to JPEG or PNG first';
      throw new PaintingFault('kind', { expected: 'a whole picture file', name: path, received, remedy });
    }
    // The limit below is the one that counts.
    const source = await inspectImage(path, { limitPixels: Number.POSITIVE_INFINITY });
    this.#checkPixels(source, path);
    return source;
  }

  #checkPixels({ width, height }: ImageSize, name: string): void {
    const { limitPixels } = this.#setup;
    if (width * height <= limitPixels) return;
    const expected = `at most ${limitPixels / 1e6} megapixels`;
    throw new PaintingFault('pixels', { expected, name, received: `${width}×${height} pixels` });
  }
}

/** The first bytes of a file; undefined if it cannot be read, of which the next reader says why. */
async function headOf(path: string): Promise<Uint8Array | undefined> {
  try {
    const { file } = await openRegular(path);
    const reading = file.read(new Uint8Array(HEAD_BYTES), 0, HEAD_BYTES, 0);
    const { buffer, bytesRead } = await reading.finally(() => file.close());
    return buffer.subarray(0, bytesRead);
  } catch {
    return undefined;
  }
}

function asMessage({ phase, tiles, refining }: StylizeProgress): TaskProgress {
  if (refining !== undefined) return { phase, done: refining.done };
  return tiles === undefined ? { phase } : { phase, done: tiles.done / tiles.total };
}
