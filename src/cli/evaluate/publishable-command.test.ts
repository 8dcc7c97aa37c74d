import { expect, it } from 'vitest';
import { publishableCommand } from './publishable-command.ts';

it.each([
  [
    ['evaluate', '--content', '/home/me/photos/', '--model', 'slim', 'x=/a/b.safetensors'],
    'wasserfarbe evaluate --content photos --model slim x=b.safetensors',
  ],
  [
    ['evaluate', '--style=/a/b,../c/d e.png', '--size', '64'],
    "wasserfarbe evaluate --style='b,d e.png' --size 64",
  ],
  [
    ['evaluate', '-c', 'p/1', 'p/2', 'p/3', 'p/4', 'p/5', '--force'],
    'wasserfarbe evaluate -c 1 2 3 … --force',
  ],
  [
    ['evaluate', '--content_dir', 'p/1', 'p/2', 'p/3', 'p/4', '--force'],
    'wasserfarbe evaluate --content_dir 1 2 3 … --force',
  ],
  [
    ['evaluate', '--model', 'a', 'b', 'c', 'd', 'e', '--sheet-style', '1', '2', '3', '4'],
    'wasserfarbe evaluate --model a b c d e --sheet-style 1 2 3 …',
  ],
  [
    ['evaluate', '--model', '/home/me=you/x/y.safetensors', 'a=/home/me=you/z.safetensors', 'ü=/q w/r s'],
    "wasserfarbe evaluate --model y.safetensors a=z.safetensors 'ü=r s'",
  ],
  [['evaluate', '-c', 'C:\\me\\photos\\*.jpg'], "wasserfarbe evaluate -c '*.jpg'"],
])('%j', (args, line) => {
  expect(publishableCommand(args)).toBe(line);
});
