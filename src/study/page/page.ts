/** The page of a study: the rater, the picture shown, and the fate of the ratings. */

import type { Item, RaterState, Rating, Refusal, StudySummary } from '../api.ts';
import { element, focusMissing, pressKey, readRating, showRating } from './form.ts';
import { createOutbox, type Outbox, recall, remember } from './outbox.ts';
import { createPictures } from './pictures.ts';

const NAME_KEY = 'wasserfarbe study rater';
const AHEAD = 3;
const RETRY_MS = 1500;

const section = (id: string) => element(id, HTMLElement);
const sections = ['welcome', 'rate', 'thanks'].map(section);
const [place, rated] = [section('place'), section('rated')];
const progress = element('progress', HTMLProgressElement);
const [change, back] = [element('change', HTMLButtonElement), element('back', HTMLButtonElement)];
const nameInput = element('name', HTMLInputElement);

/** One rater at work. */
interface Session {
  readonly state: RaterState;
  /** Ratings given on this page or known to the server. */
  readonly ratings: Map<string, Rating>;
  /** Items whose rating is on the server's disk. */
  readonly saved: Set<string>;
  readonly outbox: Outbox;
  /** Index of the item shown; the number of items stands for the end. */
  index: number;
  /** Whether the item's pictures are visible. */
  shown: boolean;
}

let session: Session | undefined;

const problems = { refused: '', ratings: '', pictures: '', hint: '' };
const pictures = createPictures((isWaiting) =>
  report('pictures', isWaiting ? 'The connection is lost: waiting for the pictures.' : ''),
);

async function begin(name: string): Promise<void> {
  const reply = await ask(`/api/items?rater=${encodeURIComponent(name)}`);
  if ('error' in reply) {
    report('hint', reply.error);
    return welcome();
  }
  const state: RaterState = reply;
  remember(NAME_KEY, state.rater);
  const saved = new Set(Object.keys(state.ratings));
  // Items whose rating the server has refused, until it accepts another.
  const refused = new Set<string>();
  const ratings = new Map(Object.entries(state.ratings));
  const outbox = createOutbox(state.study, state.rater, {
    waiting(count) {
      const kept = count === 1 ? 'your last rating is' : `your last ${count} ratings are`;
      report('ratings', count === 0 ? '' : `The connection is lost: ${kept} kept here and will be sent.`);
    },
    saved(item) {
      saved.add(item);
      refused.delete(item);
      if (refused.size === 0) report('refused', '');
      showProgress();
      if (session?.index === state.items.length) end(session);
    },
    refused(item, error) {
      ratings.delete(item);
      refused.add(item);
      report('refused', `A rating was refused: ${error}.`);
      if (session?.index === state.items.length) void show(session, firstOpen(session));
    },
  });
  for (const [item, rating] of outbox.unsent) ratings.set(item, rating);
  session = { state, ratings, saved, outbox, index: 0, shown: false };
  change.textContent = `Not ${state.rater}?`;
  change.hidden = false;
  await show(session, firstOpen(session));
}

async function show(current: Session, index: number): Promise<void> {
  const { items } = current.state;
  current.index = index;
  current.shown = false;
  report('hint', '');
  showProgress();
  const item = items[index];
  if (item === undefined) return end(current);
  open('rate');
  place.textContent = `Picture ${index + 1} of ${items.length}`;
  back.disabled = index === 0;
  showRating(current.ratings.get(item.id));
  const frames = section('rate');
  frames.ariaBusy = 'true';
  const loading = pictures.load(names(item));
  pictures.ahead(items.slice(index, index + 1 + AHEAD).flatMap(names));
  const [painted, content, style] = await loading;
  // Meanwhile the rater may have moved on or changed.
  if (session !== current || current.index !== index) return;
  put('painted', painted, 'The painted picture');
  put('content', content, 'The photograph');
  put('style', style, 'The style');
  frames.ariaBusy = 'false';
  current.shown = true;
}

function names({ id, content, style }: Item): string[] {
  return [id, content, style];
}

function put(name: string, image: HTMLImageElement | undefined, alt: string): void {
  if (image === undefined) return;
  image.alt = alt;
  document.querySelector(`[data-picture="${name}"]`)?.replaceChildren(image);
}

function goOn(): void {
  const current = session;
  const item = current?.state.items[current.index];
  if (current === undefined || item === undefined || !current.shown) return;
  const rating = readRating();
  if (rating === undefined) {
    report('hint', 'Please give both ratings.');
    focusMissing();
    return;
  }
  const before = current.ratings.get(item.id);
  if (before?.content !== rating.content || before.style !== rating.style) {
    current.ratings.set(item.id, rating);
    current.outbox.add(item.id, rating);
  }
  const following = current.index + 1;
  void show(current, following < current.state.items.length ? following : firstOpen(current));
}

function goBack(): void {
  if (session !== undefined && session.index > 0) void show(session, session.index - 1);
}

/** The first item without a rating, or the end. */
function firstOpen({ state, ratings }: Session): number {
  const index = state.items.findIndex(({ id }) => !ratings.has(id));
  return index < 0 ? state.items.length : index;
}

function end({ state, outbox }: Session): void {
  const all = state.items.length;
  const text = section('thanks-text');
  const [isSaved, wasOpen] = [outbox.unsent.size === 0, !section('thanks').hidden];
  text.textContent = isSaved
    ? `All ${all} pictures are rated and saved. You can close this page.`
    : 'All pictures are rated. Please wait until the last ratings are saved.';
  place.textContent = '';
  if (!wasOpen) open('thanks');
}

async function welcome(): Promise<void> {
  session?.outbox.close();
  session = undefined;
  change.hidden = true;
  report('refused', '');
  report('ratings', '');
  place.textContent = '';
  rated.textContent = '';
  progress.value = 0;
  open('welcome');
  nameInput.focus();
  const summary = await ask<StudySummary>('/api/study');
  if ('items' in summary) section('count').textContent = `${summary.items}`;
}

function showProgress(): void {
  if (session === undefined) return;
  const { saved, state } = session;
  progress.max = state.items.length;
  progress.value = saved.size;
  rated.textContent = `${saved.size} rated`;
}

function open(id: string): void {
  for (const other of sections) other.hidden = other.id !== id;
  document.body.dataset.open = id;
  if (id === 'thanks') section(id).querySelector('h1')?.focus();
}

/** Shows problems: refused ratings, and the most important of the temporary ones. */
function report(kind: keyof typeof problems, text: string): void {
  problems[kind] = text;
  const passing = problems.ratings || problems.pictures || problems.hint;
  section('notice').textContent = [problems.refused, passing].filter(Boolean).join(' ');
}

/** Repeats the request until there is an answer. */
async function ask<T extends object = RaterState>(path: string): Promise<T | Refusal> {
  for (;;) {
    try {
      const reply = await fetch(path);
      const body: T | Refusal = await reply.json();
      report('pictures', '');
      return body;
    } catch {
      report('pictures', 'The connection is lost: waiting for the server.');
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

element('name-form', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  report('hint', '');
  void begin(nameInput.value);
});
element('rating-form', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  goOn();
});
back.addEventListener('click', goBack);
element('review', HTMLButtonElement).addEventListener('click', () => {
  if (session !== undefined) void show(session, 0);
});
change.addEventListener('click', () => {
  remember(NAME_KEY, null);
  nameInput.value = '';
  void welcome();
});
document.addEventListener('keydown', (event) => {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || section('rate').hidden) return;
  if (event.repeat && !key.startsWith('Arrow')) {
    // Else a held key would press the focused button for every picture.
    if (key === 'Enter') event.preventDefault();
    return;
  }
  if (key === 'Backspace') goBack();
  // Enter presses the focused button anyway.
  else if (key === 'Enter' && !(target instanceof HTMLButtonElement)) goOn();
  else if (!pressKey(key)) return;
  event.preventDefault();
});

const known = recall(NAME_KEY);
void (known === null ? welcome() : begin(known));
