/** The studio's style sheet. */

import { base } from './base.ts';
import { layout } from './layout.ts';
import { panel } from './panel.ts';
import { stage } from './stage.ts';

export const css = base + layout + stage + panel;
