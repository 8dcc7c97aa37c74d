/** The pictures and methods that the flags of `wasserfarbe evaluate` name, and the check of the pictures. */

import { join, sep } from 'node:path';
import { pickOptions, paintingChoices, type PixelOptions } from '../../stylize/options.ts';
import { ImageError, WasserfarbeError } from '../../errors.ts';
import type { EvaluatedMethod } from '../../evaluation/document.ts';
import {
  type Contestant,
  modelMethod,
  picturesMethod,
  refinedMethod,
} from '../../evaluation/node/contestants.ts';
import { baseName, stemOf, outputStem } from '../../files/names.ts';
import { holdOut, readList } from '../../images/node/file-lists.ts';
import { EYE, readLossNetwork } from '../../networks/node/loss-network-file.ts';
import { isWanted } from '../../training/node/list-pictures.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { defaultModel, openModel } from '../../stylize/node/models.ts';
import { sha256 } from '../../weights/sha256.ts';
import type { EvaluateFlags } from './command.ts';
import { required, UsageError } from '../shared/failure.ts';
import { type Found, findPictures, PICTURES } from '../shared/find.ts';
import { exists } from '../shared/inputs.ts';
import { tell } from '../shared/output.ts';
import { few, readSquare, type StemPair } from '../../evaluation/node/squares.ts';
import type { SheetPair } from '../../evaluation/node/report-pictures.ts';

/** A method with its description in the document. */
export interface Entry extends Contestant {
  readonly described: EvaluatedMethod;
}

/** The files of the contents and styles to evaluate. */
export async function chosenPictures(
  flags: EvaluateFlags,
): Promise<{ contents: string[]; styles: string[] }> {
  const contents = await picturesOf(flags.content, '--content', flags);
  const { files, within } = await findAll(flags.style, '--style', flags);
  const list = flags.styleList === undefined ? undefined : await readList(flags.styleList, '--style-list');
  const nameOf = (file: string) =>
    join(within.get(file) ?? '', baseName(file))
      .split(sep)
      .join('/');
  const listed = files.filter((file) => isWanted(nameOf(file), list));
  if (listed.length === 0) {
    const received = `none of ${files.length}`;
    throw new ImageError({ expected: 'styles that are listed', name: '--style-list', received });
  }
  return {
    contents: distinct(spread(contents, flags.contents), '--content'),
    styles: distinct(spread(listed, flags.styles), '--style'),
  };
}

/** All pictures that a flag names. The first path without any is an error. */
export async function picturesOf(...asked: Parameters<typeof findAll>): Promise<string[]> {
  return (await findAll(...asked)).files;
}

async function findAll(
  paths: readonly string[] | undefined,
  name: string,
  { recursive, output: except }: Pick<EvaluateFlags, 'recursive' | 'output'>,
): Promise<Pick<Found, 'files' | 'within'>> {
  const found = await findPictures(required(paths, PICTURES, name), {
    recursive: recursive ?? false,
    except,
  });
  if (found.errors.length > 0) throw found.errors[0];
  for (const line of found.notices) tell(`wasserfarbe: ${line}`);
  return found;
}

/** The pictures that training holds back, if there are more than `count`. */
function spread(files: readonly string[], count: number): string[] {
  return files.length > count ? holdOut(files, count).held : [...files];
}

/** Refuses files of one name, since outputs and results are named after them. */
function distinct(files: string[], name: string): string[] {
  const taken = new Map<string, string>();
  for (const file of files) {
    const stem = stemOf(file);
    const other = taken.get(stem.toLowerCase());
    taken.set(stem.toLowerCase(), file);
    if (other === undefined) continue;
    const received = `two called ${stem}`;
    const where = `${other} and ${file}`;
    throw new ImageError({ expected: 'pictures of different names', name, received, where });
  }
  return files;
}

/** All methods that the flags name, in the order of their kinds. */
export async function openMethods(flags: EvaluateFlags, runtime: Runtime): Promise<Entry[]> {
  const painting = pickOptions(flags, paintingChoices);
  const wanted: (() => Promise<Entry>)[] = [
    ...flags.method.map((name) => () => modelEntry(defaultModel(name), runtime, painting, name)),
    ...flags.model.map((text) => async () => {
      const { label, value } = await labelled(text);
      return modelEntry(value, runtime, painting, label);
    }),
    ...flags.pictures.map((text) => () => folderEntry(text)),
  ];
  if (wanted.length === 0) {
    const expected = '--method, --model or --pictures';
    throw new UsageError({ expected, name: 'evaluate', received: 'none of them' });
  }
  const entries: Entry[] = [];
  for (const open of wanted) entries.push(await open());
  entries.push(...(await refinedEntries(entries, flags, runtime)));
  const taken = new Set<string>();
  for (const { name } of entries) {
    // Saved pictures lie in folders of these names.
    const plain = /^[^/\\:*?"<>|\p{Cc}]+$/u.test(name) && !name.startsWith('.');
    if (!plain || ['contents', 'styles'].includes(name)) {
      throw new UsageError({ expected: 'a label that can name a folder', name: 'a method', received: name });
    }
    if (taken.has(name.toLowerCase())) {
      throw new UsageError({
        expected: 'methods of different names',
        name: 'evaluate',
        received: `${name} twice`,
        remedy: 'give them labels: --model label=path',
      });
    }
    taken.add(name.toLowerCase());
  }
  return entries;
}

async function modelEntry(
  model: string,
  runtime: Runtime,
  painting: PixelOptions,
  label?: string,
): Promise<Entry> {
  const opened = await openModel(model);
  const name = label ?? (model === opened.name ? stemOf(model) : opened.name);
  const parameters = [...opened.weights.values()].reduce((count, { data }) => count + data.length, 0);
  return {
    name,
    kind: 'model',
    method: modelMethod(opened, runtime, painting),
    described: {
      name,
      kind: 'model',
      model: baseName(model),
      sha256: opened.sha256,
      configurationSha256: await sha256(new TextEncoder().encode(JSON.stringify(opened.config))),
      parameters,
      method: opened.method,
    },
  };
}

/**
 * Pictures of the first model, refined through the eye of the package: what judges must not be what is
 * minimised.
 */
async function refinedEntries(
  entries: readonly Entry[],
  { refineMethod, refineSteps: steps }: EvaluateFlags,
  runtime: Runtime,
): Promise<Entry[]> {
  if (refineMethod.length === 0) return [];
  const from = entries.find(({ kind }) => kind === 'model');
  if (from === undefined) {
    const expected = '--method or --model, whose pictures are refined,';
    throw new UsageError({ expected, name: '--refine-method', received: 'neither' });
  }
  const eye = await readLossNetwork(EYE);
  return refineMethod.map((method) => {
    const name = `${from.name}+${method}`;
    const { parameters: _, ...start } = from.described;
    return {
      name,
      kind: 'model',
      method: refinedMethod(from.method, { method, steps }, eye, runtime),
      described: { ...start, name, refined: { from: from.name, method, steps } },
    };
  });
}

async function folderEntry(text: string): Promise<Entry> {
  const { label, value } = await labelled(text);
  const name = label ?? baseName(value);
  const folder = await picturesMethod(name, value);
  return { name, kind: 'pictures', method: folder, folder, described: { name, kind: 'pictures' } };
}

/**
 * Splits `label=value`. A path with = in it needs no label: the part before it has a folder in
 * it, or all of it exists.
 */
async function labelled(text: string): Promise<{ label?: string; value: string }> {
  const at = text.indexOf('=');
  const label = text.slice(0, Math.max(0, at));
  if (label === '' || /[/\\]/.test(label) || (await exists(text))) return { value: text };
  return { label, value: text.slice(at + 1) };
}

/** The paintings of an evaluation and of its sheet. */
export interface Painted {
  readonly entries: readonly Entry[];
  readonly contents: readonly string[];
  readonly styles: readonly string[];
  /** Content numbers for each style. */
  readonly chosen: readonly (readonly number[])[];
  readonly sheet: readonly SheetPair[];
}

export interface Checked extends Painted {
  readonly size: number;
  /** Whether judged pictures are saved. */
  readonly saves: boolean;
  readonly signal: AbortSignal;
}

/**
 * Decodes every content, style and sheet picture once, and checks the names and sizes of `--pictures`.
 *
 * @throws ImageError for the only fault, or for several: their number and the first few
 */
export async function checkPictures(checked: Checked): Promise<void> {
  const { entries, contents, styles, chosen, sheet, size, saves, signal } = checked;
  const stems = (content: string, style: string) => ({ content: stemOf(content), style: stemOf(style) });
  const pairs = chosen.flatMap((list, s) => list.map((c) => stems(contents[c] ?? '', styles[s] ?? '')));
  const folders = entries.flatMap(({ folder }) => folder ?? []);
  const errors: WasserfarbeError[] = saves || folders.length > 0 ? collisions(pairs) : [];
  for (const file of new Set([...contents, ...styles, ...sheet.flatMap((row) => [row.content, row.style])])) {
    signal.throwIfAborted();
    await readSquare(file, size).catch((error: unknown) => {
      if (!(error instanceof WasserfarbeError)) throw error;
      errors.push(error);
    });
  }
  const shown = sheet.map(({ content, style }) => stems(content, style));
  for (const folder of folders) {
    signal.throwIfAborted();
    // A folder may lack pictures of the sheet; those that it has must fit.
    const there = shown.filter(({ content, style }) => folder.has(content, style));
    errors.push(...(await folder.faults([...pairs, ...there], size)));
  }
  const [first] = errors;
  if (first === undefined) return;
  if (errors.length === 1) throw first;
  const messages = errors.map(({ message }) => message);
  const received = `${errors.length} faults: ${few(messages, '; ')}`;
  throw new ImageError({ expected: 'pictures that can be judged', name: 'evaluate', received });
}

/** Pairs whose pictures would have one name, such as `a_stylized_b` × `c` and `a` × `b_stylized_c`. */
function collisions(pairs: readonly StemPair[]): ImageError[] {
  const taken = new Map<string, StemPair>();
  return pairs.flatMap((pair) => {
    const stem = outputStem(pair.content, pair.style);
    // Names that differ only in case are one on some file systems.
    const other = taken.get(stem.toLowerCase());
    taken.set(stem.toLowerCase(), other ?? pair);
    if (other === undefined) return [];
    const both = [other, pair].map(({ content, style }) => `${content} in the style of ${style}`);
    return new ImageError({
      expected: 'a name of its own for each picture',
      name: '--content and --style',
      received: `${stem} for both ${both.join(' and ')}`,
      remedy: 'rename one of them',
    });
  });
}
