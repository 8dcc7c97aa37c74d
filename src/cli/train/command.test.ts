import { expect, it } from 'vitest';
import { settingsFlags } from './command.ts';

const about = (flag: string, args: readonly string[]) =>
  settingsFlags(args).find(({ long, hidden }) => long === flag && !hidden)?.description;

it.each([
  [[], '--content-weight', '(default: 4)'],
  [['--preset', 'paper'], '--content-weight', '(default: 1)'],
  [['--preset', 'paper'], '--iterations', '(default: 160000)'],
  [['--method', 'sanet'], '--content-weight', '(default: 1)'],
  [['--method', 'sanet'], '--transform', '(default: attention)'],
  [['--method', 'adain', '--preset', 'paper'], '--transform', '(default: adain)'],
  [[], '--modulation', '(default: 112)'],
  // Impossible choices are reported elsewhere.
  [['--method', 'sanet', '--preset', 'paper-slim'], '--transform', '(default: attention)'],
  [['--method'], '--transform', '(default: statistics-attention)'],
])('help with %o says of %s what a run would use: %s', (args, flag, wanted) => {
  expect(about(flag, args)).toContain(wanted);
});

it('shows the form of a switch that changes something', () => {
  expect(about('--no-drafts', [])).toBeDefined();
  expect(about('--drafts', [])).toBeUndefined();
  expect(about('--drafts', ['--preset', 'paper'])).toBeDefined();
  expect(about('--no-drafts', ['--preset', 'paper'])).toBeUndefined();
});
