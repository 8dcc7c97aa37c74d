import { it } from 'vitest';
import { expectClose } from '../../test/helpers/numbers.ts';
import { drawnImage } from '../../test/helpers/pictures.ts';
import { evaluate } from '../graph/evaluate.ts';
import { input } from '../graph/ops/sources.ts';
import { halved, revisionBase } from '../networks/draft.ts';
import { halvedPicture, revisionPicture } from './revise.ts';

it.each([
  [12, 10],
  [13, 9],
])('does to pictures what the networks do, %i×%i', (width, height) => {
  const content = drawnImage(1, width, height);
  const draft = drawnImage(2, Math.ceil(width / 2), Math.ceil(height / 2));
  const share = Float32Array.from({ length: width * height }, (_, i) => (i % 7) / 6);
  const x = input('content', [1, 3, height, width]);
  const drawn = input('draft', [1, 3, draft.height, draft.width]);
  const graphs = {
    small: halved(x),
    base: revisionBase(x, halved(x), drawn, input('share', [1, 1, height, width])),
  };
  const { small, base } = evaluate(graphs, { content: content.data, draft: draft.data, share });
  expectClose(halvedPicture(content).data, small, 1e-6);
  expectClose(revisionPicture(content, draft, share).data, base, 1e-5);
});
