/** The work of `wasserfarbe video`. */

import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { packageManifest } from '../../files/package.ts';
import { defined } from '../../defined.ts';
import { present } from '../../errors.ts';
import { inspectImage } from '../../images/node/image-file.ts';
import { pickOptions, stylizeOptions } from '../../stylize/options.ts';
import { isStyleFileAt } from '../../stylize/node/style-files.ts';
import type { Stylizer } from '../../stylize/node/stylizer.ts';
import type { Style } from '../../stylize/style.ts';
import { checkAnimation, type FrameFile, writeAnimation } from '../../video/node/animation.ts';
import type { Clip } from '../../video/node/clip.ts';
import { openClip } from '../../video/node/open-clip.ts';
import { paintClip } from '../../video/node/paint-clip.ts';
import { type FrameSettings, PaintedFrames } from '../../video/node/painted-frames.ts';
import { evenStarts, stylesAt } from '../../video/schedule.ts';
import { visible } from '../../visible.ts';
import { checkApart } from '../shared/apart.ts';
import { Exit, exitCodes, interruption, ReportedErrors, required, UsageError } from '../shared/failure.ts';
import { findStyles, STYLES } from '../shared/find.ts';
import { loadChosen } from '../shared/flags.ts';
import { existing, exists, isFolder, warningsOf } from '../shared/inputs.ts';
import { say, tell } from '../shared/output.ts';
import { createMeter, silentMeter } from '../shared/progress.ts';
import type { VideoFlags } from './command.ts';

const animations = ['.gif', '.webp'];
/** Usual pictures a second of a folder. */
const FOLDER_FPS = 25;
const films = ['.mp4', '.mov', '.mkv', '.webm'];

/**
 * Paints a clip.
 *
 * @throws Exit after an interruption; finished frames are kept
 */
export async function paintVideo(path: string, flags: VideoFlags & { output: string }): Promise<void> {
  const begun = performance.now();
  const { output } = flags;
  const inFolder = await isOutputFolder(output);
  const reported = new ReportedErrors();
  reported.quiet = flags.quiet === true;
  const found = await findStyles(required(flags.style, STYLES, '--style'), { repeats: true });
  for (const error of found.errors) throw error;
  await checkStyles(found.files, flags);
  const folder = inFolder ? output : `${output.replace(/[\\/]+$/, '')}.frames`;
  await checkApart([output, folder], [path, ...found.files]);
  if (!inFolder && flags.force !== true && (await exists(output))) throw existing(output);
  const options = pickOptions(flags, stylizeOptions);
  const { contentSize, ...look } = options;
  const onWarning = (line: string) => reported.warn(line);
  const clip = await openClip(path, {
    ...{ fps: flags.fps ?? FOLDER_FPS, except: output, onWarning },
    ...defined({ shortSide: contentSize }),
  });
  const isAnimation = !inFolder && animations.includes(extname(output).toLowerCase());
  // Also while the clip is written, which an interruption ends without leaving a part of it.
  const { signal, end } = interruption();
  let frames: PaintedFrames | undefined;
  try {
    checkFps(flags, clip);
    if (isAnimation) checkAnimation(output, clip);
    for (const style of found.files) (await warningsOf(style)).forEach(onWarning);
    const starts = startsOf(found.files, flags, clip);
    const settings = await settingsOf(clip.files ?? [path], found.files, {
      ...flags,
      styleStarts: starts,
      fps: clip.kind === 'folder' ? (flags.fps ?? FOLDER_FPS) : undefined,
      fade: found.files.length > 1 ? flags.fade : undefined,
    });
    frames = await PaintedFrames.open(folder, settings, flags.force === true);
    if (frames.done > 0) reported.notice(`${folder}: going on after ${frames.done} frames`);
    const work = { clip, frames, styles: found.files, signal, reported };
    const files = await paintFrames(work, { ...flags, styleStarts: starts }, look);
    if (inFolder) await frames.settle(files.length);
    else {
      await writeClip(output, files, clip, path, { ...flags, isAnimation, signal });
      if (!flags.keepFrames) await frames.remove();
    }
    const seconds = (performance.now() - begun) / 1000;
    if (!flags.quiet) {
      say(
        `${visible(output)}  ${files.length} frames  ${clip.width}×${clip.height}  ${seconds.toFixed(1)} s`,
      );
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    const kept = 'interrupted; finished frames are kept: the same command goes on';
    throw new Exit(exitCodes.interrupted, kept);
  } finally {
    end();
    await frames?.close();
    await clip.close();
  }
}

interface Work {
  readonly clip: Clip;
  readonly frames: PaintedFrames;
  /** Files of styles. */
  readonly styles: readonly string[];
  readonly signal: AbortSignal;
  readonly reported: ReportedErrors;
}

async function paintFrames(
  { clip, frames, styles: files, signal, reported }: Work,
  flags: VideoFlags & { styleStarts: number[] },
  chosen: object,
): Promise<FrameFile[]> {
  const look = { ...chosen, brokenColour: 0 };
  // Not where all frames are there already.
  let loading: Promise<Stylizer> | undefined;
  const load = (): Promise<Stylizer> => {
    loading ??= loadChosen(flags);
    return loading;
  };
  const { refine } = flags;
  const meter = flags.quiet ? silentMeter(tell) : await createMeter(clip.count, 'frames', tell);
  reported.print = meter.log;
  try {
    let preparing: Promise<readonly (Style | string)[]> | undefined;
    const prepare = (stylizer: Stylizer) => {
      const size = defined({ size: flags.styleSize, signal });
      // With blended colours a style depends on the frame, so it cannot be prepared ahead.
      const isAhead = flags.preserveColor !== 'coral';
      preparing ??= Promise.all(files.map((file) => (isAhead ? stylizer.prepareStyle(file, size) : file)));
      return preparing;
    };
    const partsAt = <T>(seconds: number, styles: readonly T[]) =>
      stylesAt(seconds, flags.styleStarts, flags.fade).map(({ style, weight }) => ({
        style: present(styles[style], 'style'),
        weight,
      }));
    const began = performance.now();
    return await paintClip(clip, frames, {
      ...{ steadiness: flags.steadiness, signal },
      async paint({ image, start }) {
        const stylizer = await load();
        const shares = partsAt(start, await prepare(stylizer));
        return stylizer.stylize(image, shares, { ...look, signal });
      },
      refine:
        refine === undefined
          ? undefined
          : async ({ image, start }, from) =>
              (await load()).refine(image, partsAt(start, files), {
                ...look,
                ...defined({ from, refineMethod: flags.refineMethod, seed: flags.seed }),
                ...(refine === true ? {} : { steps: refine }),
                signal,
              }),
      onFrame(done) {
        const rate = (1000 * (done - frames.done)) / (performance.now() - began);
        const minutes = (clip.count - done) / rate / 60;
        const note = `${rate.toPrecision(2)} frames/s`;
        meter.update(
          done,
          () => `frame ${done}/${clip.count}, ${note}, ${minutes.toFixed(0)} min left`,
          `, ${note}`,
        );
      },
    });
  } finally {
    meter.stop();
    reported.print = tell;
    await (await loading?.catch(() => undefined))?.dispose();
  }
}

/**
 * Whether the output is a folder.
 *
 * @throws UsageError for an ending that is none of a clip
 */
async function isOutputFolder(output: string): Promise<boolean> {
  if (await isFolder(output)) return true;
  const endings = [...films, ...animations];
  if (endings.includes(extname(output).toLowerCase())) return false;
  throw new UsageError({
    expected: `a folder, or the ending ${endings.join(', ')}`,
    name: '--output',
    received: output,
  });
}

/**
 * Looks at all styles: a later one would else be found bad after hours.
 *
 * @throws ImageError for a bad picture; UsageError for a style file where its picture is needed
 */
async function checkStyles(files: readonly string[], { refine, preserveColor }: VideoFlags): Promise<void> {
  const coral = preserveColor === 'coral' ? '--preserve-color coral' : undefined;
  const need = refine === undefined ? coral : '--refine';
  for (const file of files) {
    if (!(await isStyleFileAt(file))) await inspectImage(file);
    else if (need !== undefined) {
      throw new UsageError({
        expected: 'a style picture',
        name: need,
        received: `the style file ${file}`,
        remedy: `give the picture itself${need === coral ? ', or use luma' : ''}`,
      });
    }
  }
}

/** @throws UsageError for a pace of pictures that have their own */
function checkFps({ fps }: VideoFlags, { kind }: Clip): void {
  if (fps === undefined || kind === 'folder') return;
  const received = kind === 'film' ? 'a film' : 'an animation';
  throw new UsageError({ expected: 'a folder of pictures', name: '--fps', received, remedy: 'leave it out' });
}

/** When each style begins. */
function startsOf(files: readonly string[], { styleStarts }: VideoFlags, { seconds }: Clip): number[] {
  if (styleStarts === undefined) return evenStarts(files.length, seconds);
  const starts = [0, ...styleStarts];
  const ascending = starts.every((start, i) => i === 0 || start > (starts[i - 1] ?? 0));
  const isOneEach = starts.length === files.length && ascending;
  if (isOneEach && (starts.at(-1) ?? 0) < seconds) return starts;
  throw new UsageError({
    expected: isOneEach
      ? `times before the end of the clip, at ${seconds.toFixed(2)} s`
      : `${files.length - 1} ascending times, one for each style after the first`,
    name: '--style-starts',
    received: styleStarts.join(','),
  });
}

/** All that frames depend on. */
async function settingsOf(
  clip: readonly string[],
  styles: readonly string[],
  {
    output: _,
    quality: __,
    keepFrames: ___,
    force: ____,
    quiet: _____,
    ...flags
  }: Omit<VideoFlags, 'fps' | 'fade'> & Record<'fps' | 'fade', number | undefined>,
): Promise<FrameSettings> {
  const stamp = async (file: string) => {
    const { size, mtimeMs } = await stat(file);
    return `${file}, ${size} bytes, ${new Date(mtimeMs).toISOString()}`;
  };
  const stamps = (files: readonly string[]) => Promise.all(files.map(stamp));
  const { threads: _own, device: _on, ...choices } = flags;
  const { model = '' } = flags;
  const isFile = await stat(model).then(
    (found) => found.isFile(),
    () => false,
  );
  return {
    wasserfarbe: packageManifest().version,
    clip: await stamps(clip),
    ...choices,
    ...(isFile ? { model: await stamp(model) } : {}),
    style: (await stamps(styles)).join('\n'),
  };
}

async function writeClip(
  output: string,
  files: readonly FrameFile[],
  clip: Clip,
  path: string,
  { quality, isAnimation, signal }: VideoFlags & { isAnimation: boolean; signal: AbortSignal },
): Promise<void> {
  if (isAnimation) {
    return writeAnimation(output, files, { quality, signal, ...defined({ loop: clip.loop }) });
  }
  const { writeFilm } = await import('../../video/node/film-writer.ts');
  await writeFilm(output, files, { quality, signal, ...(clip.kind === 'film' && { source: path }) });
}
