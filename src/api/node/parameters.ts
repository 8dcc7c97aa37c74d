/** The parameters of requests. They are the options of the library's calls, and a few of the API's own. */

import { z } from 'zod';
import { defined } from '../../defined.ts';
import { SettingError } from '../../errors.ts';
import { type ImageFormat, imageFormats } from '../../images/formats.ts';
import type { PaintOptions } from '../../painters/node/task.ts';
import { saveImageOptions } from '../../stylize/node/options.ts';
import { checkOptions, type Kind, type OptionTable } from '../../stylize/option-kinds.ts';
import { prepareStyleOptions, refineOptions } from '../../stylize/options.ts';

/** What a request to paint asks for. */
export interface PaintParameters {
  /** Ids of styles, or names of shipped paintings. */
  readonly styles: readonly string[];
  /** As many as styles, if any. */
  readonly weights: readonly number[];
  readonly format?: ImageFormat;
  /** Address of the content. */
  readonly source?: string;
  readonly options: PaintOptions;
}

export interface StyleParameters {
  readonly size?: number;
}

const MOST_STYLES = 8;

/** Options that are the machine's business, or no text. */
const withheld = ['strengthMap', 'tile', 'maxMemory', 'signal', 'onProgress', 'enough'];
/** Options without effect unless the painting is refined. */
const refining = ['refineMethod', 'steps', 'seconds', 'seed'];

/** Options that a painter takes. */
const painting: OptionTable = {
  ...Object.fromEntries(Object.entries(refineOptions).filter(([name]) => !withheld.includes(name))),
  refine: {
    about: 'refine the painting, which takes half a minute or more; styles must be pictures',
    kind: { is: 'switch' },
    default: false,
  },
  quality: saveImageOptions.quality,
  keepMetadata: saveImageOptions.keepMetadata,
};

/** Parameters of the API's own. */
const own: OptionTable = {
  format: {
    about: 'format of the result; without it, the first of Accept that can be written, or jpeg',
    kind: { is: 'word', words: imageFormats },
  },
  source: {
    about: 'address of the content, in place of a body; only where the server allows it',
    kind: { is: 'text' },
  },
};

/** Parameters that may come several times. */
const lists: OptionTable = {
  style: {
    about: 'the id of a style, or the name of a shipped painting; several are mixed',
    kind: { is: 'text' },
  },
  weight: {
    about: 'how much of each style, in their order',
    kind: { is: 'number', least: 0.001, most: 1000 },
  },
};

const encoding: OptionTable = { size: prepareStyleOptions.size };

/** Schemas of the parameters, for the description of the API. */
export const paintParameters = z.strictObject({
  ...mapped(lists, (schema) => z.array(schema).max(MOST_STYLES)),
  ...mapped({ ...painting, ...own }),
});
export const styleParameters = z.strictObject(mapped(encoding));

/** The parameters of an address, each with its texts. */
type Query = Readonly<Record<string, readonly string[]>>;

/** @throws SettingError for the first parameter that is unknown or does not fit */
export function readPaintParameters({ style = [], weight = [], ...query }: Query): PaintParameters {
  const values = valuesIn(query, { ...painting, ...own }, 'paint');
  const weights = weight.map((text) => asValue(lists.weight?.kind, text));
  for (const value of weights) checkOptions({ weight: value }, lists, 'paint');
  if (style.length > MOST_STYLES) {
    const received = `${style.length}`;
    throw new SettingError({ expected: `at most ${MOST_STYLES} styles`, name: 'style', received });
  }
  if (weights.length > 0 && weights.length !== style.length) {
    const expected = `one for each of ${style.length} styles`;
    throw new SettingError({ expected, name: 'weight', received: `${weights.length}` });
  }
  const alone = refining.find((name) => values[name] !== undefined);
  if (alone !== undefined && values.refine !== true) {
    throw new SettingError({ expected: 'refine=true', name: alone, received: 'it alone' });
  }
  const { format, source, ...options } = values;
  // The checks of the table are those of the type.
  return { styles: style, weights, options, ...defined({ format, source }) } as PaintParameters;
}

/** @throws SettingError as {@link readPaintParameters} */
export function readStyleParameters(query: Query): StyleParameters {
  return valuesIn(query, encoding, 'styles');
}

function valuesIn(query: Query, table: OptionTable, call: string): Record<string, unknown> {
  const values = Object.entries(query).map(([name, texts]) => {
    if (texts.length > 1) {
      throw new SettingError({ expected: 'one value', name, received: `${texts.length}` });
    }
    return [name, asValue(Object.hasOwn(table, name) ? table[name]?.kind : undefined, texts[0] ?? '')];
  });
  const given = Object.fromEntries(values);
  checkOptions(given, table, call);
  return given;
}

/** The value that a text stands for; the text itself if it cannot be one, for the check to complain of. */
function asValue(kind: Kind | undefined, text: string): unknown {
  switch (kind?.is) {
    case undefined:
    case 'word':
    case 'text':
      return text;
    case 'switch':
      return text === 'true' || (text === 'false' ? false : text);
    default:
      return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
  }
}

function mapped(table: OptionTable, wrap = (schema: z.ZodType): z.ZodType => schema) {
  return Object.fromEntries(
    Object.entries(table).map(([name, { about, kind, default: usual }]) => {
      const notes = { description: about, ...(usual === undefined ? {} : { default: usual }) };
      return [name, wrap(schemaOf(kind)).meta(notes).optional()];
    }),
  );
}

function schemaOf(kind: Kind): z.ZodType {
  switch (kind.is) {
    case 'number':
      return (kind.whole ? z.int() : z.number()).min(kind.least).max(kind.most);
    case 'pixels':
    case 'count':
      return z.int().min(1);
    case 'seconds':
      return z.number().gt(0);
    case 'word':
      return z.enum(kind.words);
    case 'switch':
      return z.boolean();
    default:
      return z.string();
  }
}
