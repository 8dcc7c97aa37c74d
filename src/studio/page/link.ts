/** Settings as the fragment of a link. Own pictures and masks stay on the device. */

import {
  colourChoices,
  firstSettings,
  MOST_STYLES,
  modelNames,
  type Settings,
  strokeSizes,
} from './settings.ts';

/**
 * `#styles=impasto*0.6,mosaic*0.4&strength=0.8&brush=0.5&follow=0.8&colours=luma&method=slim`, without the
 * parts that have their initial values.
 */
export function toFragment(settings: Settings, isBundled: (id: string) => boolean): string {
  const parts = new URLSearchParams();
  const kept = settings.styles
    .map((id, i) => ({ id, weight: settings.weights[i] ?? 0 }))
    .filter(({ id }) => isBundled(id));
  const styles = kept.map(({ id, weight }) => (kept.length === 1 ? id : `${id}*${weight}`)).join(',');
  if (styles !== '') parts.set('styles', styles);
  if (settings.strength !== 1) parts.set('strength', `${settings.strength}`);
  if (settings.strokeSize !== firstSettings.strokeSize) parts.set('brush', `${settings.strokeSize}`);
  if (settings.followDetail !== firstSettings.followDetail) parts.set('follow', `${settings.followDetail}`);
  if (settings.brokenColour !== firstSettings.brokenColour) parts.set('broken', `${settings.brokenColour}`);
  if (settings.colours !== 'style') parts.set('colours', settings.colours);
  if (settings.isCompared) parts.set('method', 'all');
  else if (settings.model !== 'slim') parts.set('method', settings.model);
  return `#${parts.toString().replaceAll('%2C', ',')}`;
}

/**
 * The settings of a link: what it leaves out has its initial value. Undefined if nothing in the fragment is a
 * setting, as in links to parts of a page.
 */
export function settingsOf(fragment: string, isBundled: (id: string) => boolean): Settings | undefined {
  const found = fromFragment(fragment, isBundled);
  return Object.keys(found).length === 0 ? undefined : { ...firstSettings, ...found };
}

/** Settings from a fragment. Unknown or impossible parts are ignored. */
export function fromFragment(fragment: string, isBundled: (id: string) => boolean): Partial<Settings> {
  const parts = new URLSearchParams(fragment.replace(/^#/, ''));
  const found: { -readonly [K in keyof Settings]?: Settings[K] } = {};
  const styles = new Map<string, number>();
  for (const part of (parts.get('styles') ?? '').split(',')) {
    const [id = '', weight = '1'] = part.split('*');
    const number = numberIn(weight, 0, 1);
    if (isBundled(id) && number !== undefined && styles.size < MOST_STYLES) styles.set(id, number);
  }
  const sum = [...styles.values()].reduce((total, weight) => total + weight, 0);
  if (sum > 0) {
    found.styles = [...styles.keys()];
    found.weights = [...styles.values()].map((weight) => weight / sum);
    found.masks = found.styles.map(() => undefined);
  }
  const strength = numberIn(parts.get('strength'), 0, 1);
  if (strength !== undefined) found.strength = strength;
  // Links of the first version give pixels here, 192 or more. They are out of range and ignored.
  const strokeSize = numberIn(parts.get('brush'), strokeSizes.least, strokeSizes.most);
  if (strokeSize !== undefined) found.strokeSize = strokeSize;
  const followDetail = numberIn(parts.get('follow'), 0, 1);
  if (followDetail !== undefined) found.followDetail = followDetail;
  const brokenColour = numberIn(parts.get('broken'), 0, 1);
  if (brokenColour !== undefined) found.brokenColour = brokenColour;
  const colours = colourChoices.find((choice) => choice === parts.get('colours'));
  if (colours !== undefined) found.colours = colours;
  const method = parts.get('method');
  const model = modelNames.find((name) => name === method);
  if (model !== undefined) found.model = model;
  if (method === 'all') found.isCompared = true;
  return found;
}

function numberIn(text: string | null, least: number, most: number): number | undefined {
  if (text === null || text.trim() === '') return undefined;
  const value = Number(text);
  return value >= least && value <= most ? value : undefined;
}
