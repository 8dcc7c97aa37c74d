/** Parts of the studio that need no browser: mixing, links, history, views, masks, pace. */

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { styles } from '../../demo/styles/index.ts';
import { pointOf, weightsAt } from '../../src/studio/page/barycentric.ts';
import {
  createHistory,
  type Undoable,
  withAnother,
  without,
  withStyle,
} from '../../src/studio/page/history.ts';
import { fromFragment, toFragment } from '../../src/studio/page/link.ts';
import { blankMask, painted } from '../../src/studio/page/mask-brush.ts';
import { nextSide, startPace } from '../../src/studio/page/pace.ts';
import {
  completed,
  firstSettings,
  ONE_PASS,
  type Settings,
  strokeSizes,
} from '../../src/studio/page/settings.ts';
import { createStore } from '../../src/studio/page/store.ts';
import { moved, placed, wholeView, zoomed } from '../../src/studio/page/view.ts';
import { en } from '../../src/studio/page/strings/en.ts';
import { zh } from '../../src/studio/page/strings/zh.ts';
import { paintingChoices } from '../../src/stylize/options.ts';
import { DRAFTING_SIZE } from '../../src/stylize/defaults.ts';
import { root } from '../helpers/package.ts';

const isBundled = (id: string) => Object.hasOwn(en.titles, id);

describe('the paintings', () => {
  it('are the demo’s, each with a title in both languages', () => {
    expect(Object.entries(en.titles)).toEqual(styles.map(({ id, title }) => [id, title]));
    expect(Object.keys(zh.titles)).toEqual(Object.keys(en.titles));
  });

  it('are shipped as small pictures of 512 × 512 pixels', async () => {
    const folder = join(root, 'paintings');
    const names = (await readdir(folder)).sort();
    expect(names).toEqual(styles.map(({ id }) => `${id}.avif`).sort());
    for (const name of names) {
      expect((await stat(join(folder, name))).size, name).toBeLessThan(60_000);
      expect(await sharp(join(folder, name)).metadata(), name).toMatchObject({ width: 512, height: 512 });
    }
  });

  it('are all in the example that learns one', async () => {
    const example = await readFile(join(root, 'examples', 'fine-tune', 'main.js'), 'utf8');
    expect(styles.filter(({ id }) => !example.includes(`'${id}',`))).toEqual([]);
  });
});

describe('the point between paintings', () => {
  it.each([[[1, 0, 0]], [[0, 1, 0]], [[0.2, 0.5, 0.3]], [[0.25, 0.75]], [[1, 0]]])(
    'converts to weights %j and back',
    (weights) => {
      const found = weightsAt(pointOf(weights), weights.length);
      expect(found).toHaveLength(weights.length);
      for (const [i, weight] of weights.entries()) expect(found[i]).toBeCloseTo(weight, 6);
    },
  );

  it('stays inside', () => {
    for (const point of [
      { x: -3, y: 0.2 },
      { x: 0.5, y: -2 },
      { x: 2, y: 2 },
      { x: 0.1, y: 0.1 },
    ]) {
      for (const count of [2, 3]) {
        const weights = weightsAt(point, count);
        expect(weights.every((weight) => weight >= 0 && weight <= 1)).toBe(true);
        expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 6);
      }
    }
  });
});

describe('a link', () => {
  const settings: Settings = {
    ...firstSettings,
    styles: ['watercolour', 'mosaic'],
    weights: [0.6, 0.4],
    masks: [undefined, undefined],
    strength: 0.8,
    strokeSize: 0.5,
    followDetail: 0.8,
    brokenColour: 0.5,
    colours: 'coral',
    model: 'sanet-slim',
  };

  it('restores the settings', () => {
    const fragment = toFragment(settings, isBundled);
    expect(fragment).toBe(
      '#styles=watercolour*0.6,mosaic*0.4&strength=0.8&brush=0.5&follow=0.8&broken=0.5&colours=coral&method=sanet-slim',
    );
    expect({ ...firstSettings, ...fromFragment(fragment, isBundled) }).toEqual(settings);
    expect(fromFragment(toFragment({ ...settings, isCompared: true }, isBundled), isBundled).isCompared).toBe(
      true,
    );
  });

  it('of an earlier version that was kept has what came later', () => {
    const { brokenColour, ...earlier } = settings;
    expect(completed(earlier)).toEqual({ ...settings, brokenColour: firstSettings.brokenColour });
    expect(brokenColour).not.toBe(firstSettings.brokenColour);
  });

  it('leaves own pictures out', () => {
    const own = { ...settings, styles: ['own-1', 'mosaic'] };
    expect(fromFragment(toFragment(own, isBundled), isBundled)).toMatchObject({
      styles: ['mosaic'],
      weights: [1],
    });
  });

  it('is used as far as its parts are valid', () => {
    const fragment =
      '#styles=__proto__,nothing*2,mosaic*-1&strength=7&brush=1e9&follow=-1&colours=<b>&method=x';
    expect(fromFragment(fragment, isBundled)).toEqual({});
    expect(fromFragment('', isBundled)).toEqual({});
  });

  it('has strokes from 0.25 to 4 and ignores the pixels of old links', () => {
    for (const size of [0.25, 1, 4]) {
      expect(fromFragment(`#brush=${size}`, isBundled)).toEqual({ strokeSize: size });
    }
    for (const pixels of [192, 512, 1024]) expect(fromFragment(`#brush=${pixels}`, isBundled)).toEqual({});
    expect(fromFragment('#brush=0.2', isBundled)).toEqual({});
  });

  it('has the stroke sizes of the library', () => {
    expect(paintingChoices.strokeSize.kind).toMatchObject(strokeSizes);
    expect(ONE_PASS).toBe(DRAFTING_SIZE);
  });
});

describe('history', () => {
  function start() {
    const store = createStore<Undoable>({
      settings: firstSettings,
      slot: 0,
      isEditing: false,
      canUndo: false,
      canRedo: false,
    });
    return { store, history: createHistory(store) };
  }

  it('treats a drag as one change', () => {
    const { store, history } = start();
    for (const strength of [0.9, 0.8, 0.7]) history.move({ strength });
    expect(store.get()).toMatchObject({ isEditing: false, canUndo: false });
    history.finish();
    history.move({ weights: [0.5] });
    expect(store.get().isEditing).toBe(true);
    history.move({ weights: firstSettings.weights });
    history.finish();
    expect(store.get()).toMatchObject({ isEditing: false, canUndo: true, canRedo: false });
    history.undo();
    expect(store.get().settings).toEqual(firstSettings);
    expect(store.get()).toMatchObject({ canUndo: false, canRedo: true });
    history.redo();
    expect(store.get().settings.strength).toBe(0.7);
    history.undo();
    for (const strokes of [{ strokeSize: 2 }, { followDetail: 0.7 }, { brokenColour: 0 }]) {
      history.move(strokes);
      history.finish();
      expect(store.get()).toMatchObject({ canUndo: true, settings: strokes });
      history.undo();
      expect(store.get().settings).toEqual(firstSettings);
    }
    history.change({ model: 'adain-slim' });
    expect(store.get().canRedo).toBe(false);
  });

  it('adds, replaces and removes paintings', () => {
    const { store, history } = start();
    history.change(withAnother(store.get().settings, 'mosaic'));
    history.change(withAnother(store.get().settings, 'mosaic'));
    expect(store.get().settings).toMatchObject({ styles: ['impasto', 'mosaic'], weights: [0.5, 0.5] });
    history.change(withStyle(store.get().settings, 0, 'mosaic'));
    expect(store.get().settings.styles).toEqual(['mosaic', 'impasto']);
    store.set({ slot: 1 });
    history.change(without(store.get().settings, 0));
    expect(store.get()).toMatchObject({ slot: 0, settings: { styles: ['impasto'], weights: [1] } });
  });

  it('leaves the chosen painting chosen when another one goes, and comes back', () => {
    const { store, history } = start();
    for (const id of ['mosaic', 'watercolour']) history.change(withAnother(store.get().settings, id));
    const chosen = () => store.get().settings.styles[store.get().slot];
    store.set({ slot: 1 });
    history.change(without(store.get().settings, 0));
    expect(chosen()).toBe('mosaic');
    history.change(without(store.get().settings, 1));
    expect(chosen()).toBe('mosaic');
    for (const step of [history.undo, history.undo, history.redo, history.undo]) {
      step();
      expect(chosen()).toBe('mosaic');
    }
    const steps = history.steps();
    history.change(withStyle(firstSettings, 0, 'watercolour'));
    store.set({ slot: 2 });
    history.restore(steps);
    expect(chosen()).toBe('watercolour');
  });
});

describe('the view', () => {
  const [pane, picture] = [
    { width: 800, height: 600 },
    { width: 4000, height: 2000 },
  ];

  it('shows the whole picture in the middle at first', () => {
    expect(placed(wholeView, pane, picture)).toEqual({ x: 0, y: 100, scale: 0.2 });
  });

  it('zooms about a spot, and stays in the picture', () => {
    const spot = { x: 600, y: 350 };
    const place = (view: typeof wholeView) => {
      const { x, y, scale } = placed(view, pane, picture);
      return [(spot.x - x) / scale, (spot.y - y) / scale];
    };
    const near = zoomed(wholeView, 4, spot, pane, picture);
    expect(place(near)[0]).toBeCloseTo(place(wholeView)[0] ?? 0);
    expect(place(near)[1]).toBeCloseTo(place(wholeView)[1] ?? 0);
    expect(zoomed(near, 0.001, spot, pane, picture)).toEqual(wholeView);
    expect(placed(zoomed(near, 1e6, spot, pane, picture), pane, picture).scale).toBeCloseTo(8);
    const corner = moved(near, { x: 1e6, y: 1e6 }, pane, picture);
    expect(placed(corner, pane, picture)).toMatchObject({ x: 0, y: 0 });
  });
});

describe('a mask', () => {
  it('is painted softly and erased, in copies', () => {
    const blank = blankMask({ width: 800, height: 400 }, false);
    expect([blank.width, blank.height]).toEqual([256, 128]);
    const middle = { x: 0.5, y: 0.5 };
    const once = painted(blank, { from: middle, to: middle, diameter: 0.5, isErasing: false });
    const at = (mask: typeof blank, x: number, y: number) => mask.data[y * mask.width + x] ?? -1;
    expect(blank.data.every((value) => value === 0)).toBe(true);
    expect(at(once, 128, 64)).toBe(255);
    expect(at(once, 128 + 24, 64)).toBeGreaterThan(20);
    expect(at(once, 128 + 24, 64)).toBeLessThan(235);
    expect(at(once, 128 + 34, 64)).toBe(0);
    const line = painted(once, { from: middle, to: { x: 0.9, y: 0.5 }, diameter: 0.5, isErasing: false });
    expect(at(line, 220, 64)).toBe(255);
    const gone = painted(line, { from: middle, to: { x: 0.9, y: 0.5 }, diameter: 1, isErasing: true });
    expect(at(gone, 220, 64)).toBe(0);
    const beside = { x: 1.3, y: 0.5 };
    expect(painted(line, { from: beside, to: beside, diameter: 0.5, isErasing: false })).toBe(line);
  });
});

describe('the pace of live pictures', () => {
  function run(interval: (side: number) => number, pictures: number) {
    let [pace, now] = [startPace(), 0];
    for (let i = 0; i < pictures; i++) {
      now += interval(pace.side);
      pace = nextSide(pace, now);
    }
    return pace;
  }

  it('makes slow ones smaller and fast ones larger, and settles', () => {
    expect(run(() => 400, 60).side).toBe(128);
    expect(run(() => 10, 100).side).toBe(512);
    // Too slow above 256, which is not tried again and again.
    expect(run((side) => (side > 256 ? 300 : 30), 300).side).toBe(256);
    expect(run(() => 100, 30).rate).toBeCloseTo(10);
  });

  it('tells the last rate until a new size has one', () => {
    let [pace, now] = [startPace(), 0];
    const sides = new Set([pace.side]);
    for (let i = 0; i < 60; i++) {
      now += 400;
      pace = nextSide(pace, now);
      sides.add(pace.side);
      if (i > 1) expect(pace.rate).toBeCloseTo(2.5);
    }
    expect(sides.size).toBeGreaterThan(1);
  });

  it('revises them only if at least 0.8 of the rate remains', () => {
    expect(run((side) => (side > 256 ? 27 : 20), 300)).toMatchObject({ side: 256, most: 256 });
    expect(run((side) => (side > 256 ? 24 : 20), 300).side).toBe(512);
    expect(run((side) => (side > 384 ? 30 : 20), 300)).toMatchObject({ side: 384, most: 384 });
  });
});
