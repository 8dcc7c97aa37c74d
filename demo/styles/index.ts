/** The demonstration styles: twelve pictures drawn by this project's own code, free to use anywhere. */
import { drawCrosshatching } from './crosshatching.ts';
import { drawCubistFacets } from './cubist-facets.ts';
import { drawCutPaper } from './cut-paper.ts';
import { drawImpasto } from './impasto.ts';
import { drawInkWash } from './ink-wash.ts';
import { drawMarbling } from './marbling.ts';
import { drawMosaic } from './mosaic.ts';
import { drawNightSky } from './night-sky.ts';
import { drawPointillism } from './pointillism.ts';
import { drawStainedGlass } from './stained-glass.ts';
import { drawWatercolour } from './watercolour.ts';
import { drawWoodcut } from './woodcut.ts';

export interface Style {
  /** The id, which is also the name of the file that draws the style. */
  id: string;
  title: string;
  /** Draws the picture, `size` pixels wide and high, as a PNG. */
  draw(size: number): Promise<Buffer>;
}

export const styles: readonly Style[] = [
  { id: 'impasto', title: 'Impasto: autumn river', draw: drawImpasto },
  { id: 'pointillism', title: 'Pointillism: summer bay', draw: drawPointillism },
  { id: 'cut-paper', title: 'Cut paper: garden by the sea', draw: drawCutPaper },
  { id: 'woodcut', title: 'Woodcut: boat at sunrise', draw: drawWoodcut },
  { id: 'ink-wash', title: 'Ink wash: mountains and bamboo', draw: drawInkWash },
  { id: 'mosaic', title: 'Mosaic: two fish', draw: drawMosaic },
  { id: 'stained-glass', title: 'Stained glass: sun and river', draw: drawStainedGlass },
  { id: 'crosshatching', title: 'Crosshatching: still life by a window', draw: drawCrosshatching },
  { id: 'marbling', title: 'Marbling: three tulips', draw: drawMarbling },
  { id: 'night-sky', title: 'Night sky: northern lights', draw: drawNightSky },
  { id: 'watercolour', title: 'Watercolour: poppies and irises', draw: drawWatercolour },
  { id: 'cubist-facets', title: 'Cubist facets: guitar and fruit', draw: drawCubistFacets },
];
