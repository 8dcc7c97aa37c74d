import { describe, expect, it } from 'vitest';
import { smallEvaluation } from '../../../test/helpers/evaluation.ts';
import { drawnImage } from '../../../test/helpers/pictures.ts';
import { htmlReport } from './report.ts';

const square = (seed: number, stem: string) => ({ ...drawnImage(seed, 64, 64), stem });
const evil = '<script>alert("x")</script>';

describe('htmlReport', () => {
  it('shows pictures, numbers, plots, time and protocol, and loads nothing', async () => {
    const rows = [
      { content: square(1, 'lake'), style: square(2, 'klee'), outputs: [square(3, ''), undefined] },
    ];
    const html = await htmlReport(smallEvaluation(), rows);
    for (const heading of [
      'Pictures',
      'Details',
      'Numbers',
      'Pair by pair',
      'Painted or tinted',
      'Artefacts',
      'Run time',
      'Protocol',
    ]) {
      expect(html).toContain(`<h2>${heading}</h2>`);
    }
    expect(html.match(/data:image\/webp;base64,/g)).toHaveLength(6);
    expect(html.match(/<svg /g)).toHaveLength(6);
    expect(html.match(/<circle /g)).toHaveLength(3 * (5 + 4));
    expect(html).not.toMatch(/https?:|src="(?!data:)|url\(|<link|@import|NaN|undefined/);
    expect(html).toContain('Judged by <b>vgg.safetensors</b>');
    expect(html).toContain('strokes seen by <b>eye.safetensors</b>');
    expect(html).toContain('Multiples of theirs, pair by pair');
    expect(html).toContain('548,899 parameters');
  });

  it('leaves out sections without data', async () => {
    const document = smallEvaluation();
    const methods = document.methods.map(({ timing: _, ...method }) => method);
    const html = await htmlReport({ ...document, methods }, []);
    for (const heading of ['Pictures', 'Details', 'Run time']) expect(html).not.toContain(`<h2>${heading}`);
  });

  it('marks the better method only where the intervals are apart', async () => {
    const html = await htmlReport(smallEvaluation(), []);
    expect(html.match(/class="best"/g)).toHaveLength(2);
    expect(html.match(/class="apart"/g)).toHaveLength(2);
    expect(html).toMatch(/Content loss <small>↓<\/small><\/th><td class="best">1\.02/);
  });

  it('escapes every name', async () => {
    const document = smallEvaluation([evil, '"quoted" & <b>']);
    const html = await htmlReport(
      {
        ...document,
        command: evil,
        protocol: { ...document.protocol, lossNetwork: evil, [evil]: evil },
        environment: { ...document.environment, cpu: evil, device: evil },
        contents: document.contents.map((file) => ({ ...file, file: evil })),
        results: document.results.map((result) => ({ ...result, style: evil })),
      },
      [{ content: square(1, evil), style: square(2, evil), outputs: [square(3, evil), undefined] }],
    );
    expect(html).not.toContain('<script');
    expect(html).not.toContain('"quoted"');
    expect(html).not.toContain('& <b>');
  });
});
