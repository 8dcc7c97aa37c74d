/** From the flags of `wasserfarbe evaluate` to pictures and methods. */

import { pickOptions, paintingChoices } from '../../stylize/options.ts';
import { ImageError } from '../../errors.ts';
import type { EvaluatedMethod } from '../../evaluation/document.ts';
import { type Contestant, modelMethod, picturesMethod } from '../../evaluation/node/contestants.ts';
import { baseName, stemOf } from '../../files/names.ts';
import { holdOut, readList } from '../../images/node/file-lists.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { defaultModel, openModel } from '../../stylize/node/models.ts';
import type { PixelOptions } from '../../stylize/options.ts';
import { sha256 } from '../../weights/sha256.ts';
import type { EvaluateFlags } from './command.ts';
import { required, UsageError } from '../shared/failure.ts';
import { exists, findPictures, PICTURES } from '../shared/picture-pairs.ts';

/** A method with what the document says of it. */
export interface Entry extends Contestant {
  readonly described: EvaluatedMethod;
}

/** The contents and styles that are evaluated, as files. */
export async function chosenPictures(
  flags: EvaluateFlags,
): Promise<{ contents: string[]; styles: string[] }> {
  const contents = await picturesOf(flags.content, '--content');
  const styles = await picturesOf(flags.style, '--style');
  const list = flags.styleList === undefined ? undefined : await readList(flags.styleList);
  const listed = styles.filter((file) => list?.has(baseName(file)) ?? true);
  if (listed.length === 0) {
    const received = `none of ${styles.length}`;
    throw new ImageError({ expected: 'styles that are listed', name: '--style-list', received });
  }
  return {
    contents: distinct(spread(contents, flags.contents), '--content'),
    styles: distinct(spread(listed, flags.styles), '--style'),
  };
}

/** All pictures that a flag names; the first path without any is an error. */
export async function picturesOf(paths: readonly string[] | undefined, name: string): Promise<string[]> {
  const { files, errors } = await findPictures(required(paths, PICTURES, name));
  if (errors.length > 0) throw errors[0];
  return files;
}

/** The choice that training holds back, where there are more. */
function spread(files: readonly string[], count: number): string[] {
  return files.length > count ? holdOut(files, count).held : [...files];
}

/** Outputs and results are named after them. */
function distinct(files: string[], name: string): string[] {
  const taken = new Set<string>();
  for (const stem of files.map(stemOf)) {
    if (taken.has(stem.toLowerCase())) {
      const expected = 'pictures of different names';
      throw new ImageError({ expected, name, received: `two called ${stem}` });
    }
    taken.add(stem.toLowerCase());
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
  const taken = new Set<string>();
  for (const { name } of entries) {
    // Names of folders, where pictures are saved.
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

async function folderEntry(text: string): Promise<Entry> {
  const { label, value } = await labelled(text);
  const name = label ?? baseName(value);
  const folder = await picturesMethod(name, value);
  return { name, kind: 'pictures', method: folder, folder, described: { name, kind: 'pictures' } };
}

/** `label=value`; a path with = in it needs no label: what stands before has a folder in it, or all of it exists. */
async function labelled(text: string): Promise<{ label?: string; value: string }> {
  const at = text.indexOf('=');
  const label = text.slice(0, Math.max(0, at));
  if (label === '' || /[/\\]/.test(label) || (await exists(text))) return { value: text };
  return { label, value: text.slice(at + 1) };
}
