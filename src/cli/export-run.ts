/** The work of `wasserfarbe export`. */

import { defined } from '../defined.ts';
import { SettingError } from '../errors.ts';
import { packageManifest } from '../files/package.ts';
import { explainFileError } from '../files/read.ts';
import { writeFileAtomic } from '../files/write.ts';
import { exportOnnx } from '../stylize/export.ts';
import { defaultModel, openModel } from '../stylize/node/models.ts';
import type { Style } from '../stylize/style.ts';
import { visible } from '../visible.ts';
import type { ExportFlags } from './export.ts';
import { UsageError } from './shared/failure.ts';
import { loadChosen } from './shared/flags.ts';
import { say } from './shared/output.ts';
import { outputFile } from './shared/output-file.ts';

/** Writes a network as an ONNX file. */
export async function exportNetwork(flags: ExportFlags): Promise<void> {
  const { what: part, size, styleSize, io: form, half = false } = flags;
  const output = await outputFile(
    flags.output,
    '.onnx',
    flags.force,
    flags.style === undefined ? [] : [flags.style],
  );
  if (flags.style !== undefined && part !== 'painter') {
    const expected = '--what painter, which can keep a style,';
    throw new UsageError({ expected, name: '--style', received: `--what ${part}` });
  }
  const { card, ...model } = await openModel(flags.model ?? defaultModel(flags.method ?? 'wasserfarbe'));
  const style = flags.style === undefined ? undefined : await encoded(flags.style, flags);
  const notes = {
    ...{ model: card.name, part, licence: card.licence, card: JSON.stringify(card) },
    version: `wasserfarbe ${packageManifest().version}`,
    ...defined({ style: style && `${style.width}x${style.height}` }),
  };
  const bytes = exportOnnx(model, { part, size, styleSize, form, half, notes, ...defined({ style }) });
  await writeFileAtomic(output, bytes).catch((cause: unknown) => {
    const received = explainFileError(cause);
    throw new SettingError(
      { expected: 'a place to write', name: '--output', received, where: output },
      { cause },
    );
  });
  const place = `${size.width}×${size.height}`;
  say(
    `${visible(output)}  ${part} of ${card.name} for ${place} pixels, ${(bytes.length / 1e6).toFixed(1)} MB`,
  );
}

/** A style picture or file, encoded by the same model. */
async function encoded(style: string, { styleSize, model, method }: ExportFlags): Promise<Style> {
  const stylizer = await loadChosen(defined({ model, method }));
  try {
    return await stylizer.prepareStyle(style, { size: Math.min(styleSize.width, styleSize.height) });
  } finally {
    await stylizer.dispose();
  }
}
