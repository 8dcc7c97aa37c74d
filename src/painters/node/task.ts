/** What a pool asks of its painters, and what they answer. Bytes are in files; messages are small. */

import type { LoadStylizerOptions, SaveImageOptions } from '../../stylize/node/options.ts';
import type { RefineOptions, StylizeOptions } from '../../stylize/options.ts';
import type { FaultReason } from './fault.ts';

/** Options that can be sent, with those of refining and of the file. */
export interface PaintOptions
  extends Omit<StylizeOptions, 'strengthMap' | 'signal' | 'onProgress' | 'maxMemory'>,
    Pick<RefineOptions, 'refineMethod' | 'steps' | 'seconds' | 'seed'>,
    Pick<SaveImageOptions, 'quality' | 'keepMetadata'> {
  /** Whether the painting is refined; see `Stylizer.refine`. */
  readonly refine?: boolean;
}

/** A style file or picture, and how much of it in a mixture. */
export interface StyleSource {
  readonly path: string;
  readonly weight?: number;
}

/** Paints one picture file in a style, or in a mixture of several, to a file. */
export interface PaintTask {
  readonly do: 'paint';
  readonly content: string;
  readonly styles: readonly StyleSource[];
  /** The ending names the format. */
  readonly output: string;
  readonly options: PaintOptions;
}

/** Writes a style file of a picture. */
export interface StyleTask {
  readonly do: 'style';
  readonly picture: string;
  /** Short side in pixels; see `prepareStyle`. */
  readonly size?: number;
  readonly output: string;
}

export type Task = PaintTask | StyleTask;

/** Size in pixels of what was painted, or at which a style was encoded. */
export interface TaskResult {
  readonly width: number;
  readonly height: number;
  /** Tolerated faults of the content's file, a line each. */
  readonly warnings: readonly string[];
  /** Seconds that the painter worked. */
  readonly seconds: number;
}

/** How far a task is: the phases of `StylizeOptions.onProgress`, and a share of 0–1 where it is known. */
export interface TaskProgress {
  readonly phase: string;
  readonly done?: number;
}

/** What every painter of a pool is like. */
export interface PainterSetup {
  readonly model: LoadStylizerOptions;
  /** Bytes that painting may take beside the program. */
  readonly maxMemory: number;
  /** Contents, styles and results of more pixels are refused. */
  readonly limitPixels: number;
}

/** The first message is the setup; later ones are tasks, and the wish to end one. */
export type ToPainter =
  | PainterSetup
  | { readonly id: number; readonly task: Task }
  | { readonly abort: number };

export type FromPainter =
  | { readonly ready: true }
  /** The model cannot be loaded. */
  | { readonly broken: string }
  | { readonly id: number; readonly progress: TaskProgress }
  | { readonly id: number; readonly result: TaskResult }
  | { readonly id: number; readonly fault: FaultReason; readonly message: string };
