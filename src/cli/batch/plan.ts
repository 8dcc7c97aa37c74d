/** The work of `wasserfarbe batch plan`. */

import { baseName, stemOf } from '../../files/names.ts';
import { identityOf } from '../../batch/node/contents.ts';
import type { PlannedPicture } from '../../batch/node/manifest.ts';
import { openStore } from '../../batch/node/open-store.ts';
import { type StyleInput, writePlan } from '../../batch/node/plan.ts';
import { receipted } from '../../batch/node/receipts.ts';
import { S3 } from '../../batch/node/store.ts';
import { WeightsError } from '../../errors.ts';
import { extname, relative, resolve, sep } from 'node:path';
import { pictureEndings } from '../../images/formats.ts';
import { inspectImage } from '../../images/node/image-file.ts';
import { unopened } from '../../images/node/picture-file.ts';
import { defaultModel, openModel } from '../../stylize/node/models.ts';
import { loadStylizerOptions, saveImageOptions } from '../../stylize/node/options.ts';
import { isStyleFileAt, readStyleInfo } from '../../stylize/node/style-files.ts';
import { pickOptions, stylizeOptions } from '../../stylize/options.ts';
import { Exit, exitCodes, interruption, ReportedErrors, required, UsageError } from '../shared/failure.ts';
import { findPictures, findStyles, PICTURES, STYLES } from '../shared/find.ts';
import { nameOf } from '../shared/inputs.ts';
import { say, tell } from '../shared/output.ts';
import { createMeter, workAhead } from '../shared/progress.ts';
import { usualEnding } from '../stylize/endings.ts';
import { isMixture, mixtureName, mixtureOf } from '../stylize/styles.ts';
import type { PlanFlags } from './command.ts';

/** Folders of a batch that hold pictures. */
const OWN_FOLDERS = ['painted', 'styles'];
/** Files that are read ahead to be told from others. */
const AHEAD = 8;

/** A picture, and where its paintings go: a path without an ending. */
interface Source {
  readonly picture: string;
  readonly name: string;
  /** The ETag of one in S3. */
  readonly tag?: string;
}

/** Writes the plan of a batch. Pictures that cannot be read are reported and left out. */
export async function planBatch(flags: PlanFlags): Promise<void> {
  const output = required(flags.output, 'a folder or s3://bucket/prefix', '--output');
  const store = await openStore(output);
  const reported = new ReportedErrors();
  const { method: usual } = loadStylizerOptions;
  const { method = usual.default, model = defaultModel(method) } = flags;
  const { sha256, method: found } = await openModel(model);
  if (flags.method !== undefined && flags.method !== found) {
    throw new UsageError({
      expected: `a model of method ${method}`,
      name: '--model',
      received: `one of ${found}`,
    });
  }
  const sources = await sourcesOf(flags, reported);
  const styles = await stylesOf(flags, sha256);
  const meter = await createMeter(sources.length, 'pictures', tell);
  const { signal, end } = interruption();
  let done = 0;
  async function* pictures(): AsyncGenerator<PlannedPicture> {
    const describing = workAhead(sources, AHEAD, (source) => describe(source, flags));
    for await (const [{ picture }, planning] of describing) {
      signal.throwIfAborted();
      try {
        yield await planning.catch(unopened(picture));
      } catch (error) {
        reported.add(error);
      }
      meter.update(++done, () => `${done} of ${sources.length} pictures`);
    }
  }
  try {
    const manifest = await writePlan(store, {
      ...{ model, styles, chunk: flags.chunk, signal, pictures: pictures() },
      options: pickOptions({ ...flags }, { ...stylizeOptions, ...saveImageOptions }),
    });
    const { size } = await receipted({ store, manifest });
    const planned = manifest.chunks.reduce((sum, chunk) => sum + chunk.paintings, 0);
    meter.stop();
    say(`${output}  ${planned} paintings in ${manifest.chunks.length} chunks, of which ${size} are done`);
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new Exit(exitCodes.interrupted, 'interrupted; no plan is written');
  } finally {
    meter.stop();
    end();
  }
  reported.end();
}

async function describe({ picture, name, tag }: Source, flags: PlanFlags): Promise<PlannedPicture> {
  const inS3 = tag !== undefined;
  const identity = inS3 ? `etag:${tag}` : await identityOf(picture, flags.byDate === true);
  const ending = flags.format ?? (inS3 ? 'jpg' : await usualEnding(picture));
  return { picture, identity, name, ending };
}

async function sourcesOf(flags: PlanFlags, reported: ReportedErrors): Promise<Source[]> {
  const values = required(flags.content, PICTURES, '--content');
  const found = await findPictures(
    values.filter((value) => !value.startsWith(S3)),
    { recursive: flags.recursive === true, except: flags.output ?? '' },
  );
  for (const error of found.errors) reported.add(error);
  for (const line of found.notices) reported.notice(line);
  const isOthers = (path: string) => !isOwn(path, flags.output ?? '');
  const files = found.files.filter(isOthers);
  if (!values.every(isOthers))
    reported.notice('files of the batch itself are no pictures to paint: left out');
  if (files.length === 0 && found.files.length > 0) {
    const received = 'none but those of the batch itself';
    reported.add(new UsageError({ expected: 'pictures', name: '--content', received }));
  }
  const sources: Source[] = files.map((file) => {
    const within = (found.within.get(file) ?? '').split(sep);
    return { picture: resolve(file), name: safeName([...within, stemOf(file)]) };
  });
  for (const value of values) {
    if (!value.startsWith(S3)) continue;
    const inside = await sourcesInS3(value, flags.output ?? '');
    if (inside.length === 0) {
      reported.add(new UsageError({ expected: 'pictures', name: '--content', received: `none in ${value}` }));
    }
    sources.push(...inside);
    if (flags.format === undefined && inside.some(({ picture }) => mayBeTransparent(picture))) {
      const line = 'pictures in S3 are not opened, so that all are painted as JPG, transparent ones on white';
      reported.notice(`${value}: ${line}; --format png or webp keeps transparency`);
    }
  }
  return sources;
}

/** Whether a file is of the batch itself, which may lie among the photographs. */
function isOwn(file: string, output: string): boolean {
  if (output === '' || output.startsWith(S3)) return false;
  const [first = ''] = relative(resolve(output), resolve(file)).split(sep);
  return OWN_FOLDERS.includes(first);
}

function mayBeTransparent(key: string): boolean {
  return /\.(png|webp|avif|tiff?|gif)$/i.test(key);
}

/**
 * The pictures below an address of S3, or the one at it. Folders below it are kept. Nothing below `output` is
 * a source: a batch would paint its own paintings.
 */
async function sourcesInS3(address: string, output: string): Promise<Source[]> {
  const isPicture = (key: string) => pictureEndings.includes(extname(key).toLowerCase());
  const folder = isPicture(address)
    ? address.slice(0, address.lastIndexOf('/'))
    : address.replace(/\/+$/, '');
  const store = await openStore(folder);
  if (isPicture(address)) {
    const key = baseName(address);
    const found = await store.head(key);
    return found === undefined ? [] : [{ picture: address, name: safeName([stemOf(key)]), tag: found.tag }];
  }
  const sources: Source[] = [];
  for await (const { key, tag } of store.list('')) {
    if (!isPicture(key) || `${folder}/${key}`.startsWith(`${output.replace(/\/+$/, '')}/`)) continue;
    const parts = key.split('/');
    const name = safeName([...parts.slice(0, -1), stemOf(key)]);
    sources.push({ picture: `${folder}/${key}`, name, tag });
  }
  return sources;
}

/** Parts of a path as a key that stays inside of the batch. */
function safeName(parts: readonly string[]): string {
  const plain = parts.map((part) => part.replaceAll('\\', '_')).filter((part) => !/^\.{0,2}$/.test(part));
  return plain.length === 0 ? '_' : plain.join('/');
}

/** Styles are looked at now: one that cannot be read would spoil every chunk. */
async function stylesOf(flags: PlanFlags, model: string): Promise<StyleInput[]> {
  const found = await findStyles(required(flags.style, STYLES, '--style'), { repeats: isMixture(flags) });
  for (const error of found.errors) throw error;
  for (const path of found.files) {
    if (!(await isStyleFileAt(path))) await inspectImage(path);
    else if ((await readStyleInfo(path)).model !== model) {
      const remedy = 'give the picture, or encode it with this model: wasserfarbe style encode';
      throw new WeightsError({
        expected: 'a style of this model',
        name: path,
        received: 'one of another',
        remedy,
      });
    }
  }
  const mixture = await mixtureOf(found.files, flags);
  if (mixture !== undefined) {
    const parts = mixture.map(({ path, weight }) => ({ path, weight }));
    return [{ name: mixtureName(found.files), parts }];
  }
  return found.files.map((path) => ({ name: nameOf(path), parts: [{ path }] }));
}
