/**
 * Checks of the project's form that its other tools cannot make; `npm run lint` runs it.
 *
 * - A file of `src` has at most 300 lines, tests apart.
 * - A line of a comment has at most 110 columns.
 * - Outside `cli`, `files`, `serve` and folders called `node`, nothing is imported from a folder called
 *   `node`.
 * - The studio's page imports only its own modules and the browser's entry: nothing else is served with it.
 * - A setting of training is named in a document, a preset or a model card.
 * - A default of an option stands in its table only.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { flagName } from '../src/flag-name.ts';
import { loadStylizerOptions, stylizeFileOptions } from '../src/stylize/node/options.ts';
import { prepareStyleOptions } from '../src/stylize/options.ts';
import { configSchema } from '../src/training/config-schema.ts';

const PRESETS = ['src/training/preset-settings.ts', 'src/networks/wasserfarbe.ts'];
const LONGEST_FILE = 300;
const WIDEST_COMMENT = 110;

/** A destructured option with a literal as its default. */
const DEFAULT = /[{,(]\s*(\w+)(?:: \w+)? = '?([\w.]+)'?(?=\s*[,}])/g;

const root = fileURLToPath(new URL('../', import.meta.url));
const filesIn = (folder: string, ending: RegExp): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name).replaceAll('\\', '/'))
    .filter((name) => ending.test(name) && !name.includes('node_modules/') && !name.includes('/dist/'));
const read = (name: string) => readFileSync(join(root, name), 'utf8');

/** Options by name, with their defaults. */
const options = new Map<string, unknown>(
  Object.entries({ ...loadStylizerOptions, ...stylizeFileOptions, ...prepareStyleOptions }).flatMap(
    ([name, option]) => ('default' in option ? [[name, option.default]] : []),
  ),
);

const sources = filesIn('src', /\.ts$/).filter((name) => !name.endsWith('.test.ts'));
const scripts = ['src', 'test', 'bench', 'demo', 'tools'].flatMap((folder) => filesIn(folder, /\.ts$/));
const faults = [...sources.flatMap(sourceFaults), ...scripts.flatMap(commentFaults), ...settingFaults()];
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;

function sourceFaults(name: string): string[] {
  const text = read(name);
  const lines = text.split('\n');
  const faults: string[] = [];
  if (lines.length - 1 > LONGEST_FILE)
    faults.push(`${name}: ${lines.length - 1} lines, of at most ${LONGEST_FILE}`);
  const mayUseNode = /\/node\/|^src\/(cli|files|serve|node\.ts)/.test(name);
  for (const [i, line] of lines.entries()) {
    const place = `${name}:${i + 1}`;
    if (!mayUseNode && /(from|import\()\s*'\.[^']*\/node\//.test(line)) {
      faults.push(`${place}: an import from a folder called node, outside of one`);
    }
    const [, served] = /^import (?!type).* from '((?:\.\.\/){2}[^']+)'/.exec(line) ?? [];
    if (name.startsWith('src/studio/page/') && served !== undefined && served !== '../../browser/index.ts') {
      faults.push(`${place}: an import of a module that is not served with the page`);
    }
    for (const [, option = '', value = ''] of line.matchAll(DEFAULT)) {
      const table = options.get(option);
      if (table !== undefined && `${table}` === value)
        faults.push(`${place}: the default of ${option} again`);
    }
  }
  return faults;
}

function commentFaults(name: string): string[] {
  return read(name)
    .split('\n')
    .flatMap((line, i) =>
      line.length > WIDEST_COMMENT && /^\s*(\/\/|\/?\*[*/ ])/.test(line)
        ? [`${name}:${i + 1}: a comment of ${line.length} columns, of at most ${WIDEST_COMMENT}`]
        : [],
    );
}

function settingFaults(): string[] {
  const told = [...filesIn('docs', /\.md$/), ...filesIn('models', /\.json$/), 'README.md', ...PRESETS]
    .map(read)
    .join('\n');
  return Object.keys(configSchema.shape).flatMap((setting) => {
    const isTold = told.includes(`--${flagName(setting)}`) || told.includes(`${setting}:`);
    return isTold ? [] : [`the setting ${setting} is in no document, preset or model card`];
  });
}
