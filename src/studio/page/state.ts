/** What the studio knows at a moment. One store holds it; everything shown follows from it. */

import type { Text } from './i18n.ts';
import { firstSettings, type ModelName, type Settings } from './settings.ts';
import { type Size, type View, wholeView } from './view.ts';

/** Something that canvases can draw. */
export interface Shown {
  readonly image: ImageBitmap | HTMLCanvasElement | HTMLVideoElement;
  readonly width: number;
  readonly height: number;
}

/** The photograph to paint. */
export interface Photo extends Shown {
  readonly name: string;
  readonly image: ImageBitmap;
  /** The file as it was given: it is painted from this, so that nothing is lost. */
  readonly blob: Blob;
  /** The same with a short side of at most 192 pixels, for drafts; and of at most 512, for drafts that show strokes. */
  readonly small: HTMLCanvasElement;
  readonly medium: HTMLCanvasElement;
}

/** A painting of the photograph at full strength. */
export interface Painted extends Shown {
  /** In full size: what downloads are made of. Undefined for drafts. */
  readonly pixels: ImageData | undefined;
}

/** What is being done. */
interface Work {
  readonly phase: 'loading' | 'painting';
  readonly tiles?: { readonly done: number; readonly total: number };
}

/** `core`: a single one, since the page is not isolated. */
export type Device = 'webgpu' | 'wasm' | 'core';

interface Notice {
  readonly kind: 'note' | 'problem';
  readonly text: Text;
}

export interface State {
  readonly settings: Settings;
  /** A point or brush is being moved: drafts are painted. */
  readonly isEditing: boolean;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  readonly photo: Photo | undefined;
  readonly painted: Painted | undefined;
  /** Paintings by each model, while they are compared. */
  readonly compared: Readonly<Partial<Record<ModelName, Painted>>>;
  readonly live: LiveState | undefined;
  readonly work: Work | undefined;
  /** What is painted on, once that is known. */
  readonly device: Device | undefined;
  readonly notice: Notice | undefined;
  /** The style that the gallery and the mask are about. */
  readonly slot: number;
  readonly isMasking: boolean;
  readonly isErasing: boolean;
  /** Diameter of the mask's brush as a part of the picture's short side. */
  readonly maskBrush: number;
  /** Left part of the picture that shows the photograph, 0–1. */
  readonly split: number;
  readonly view: View;
  /** Of the stage, in CSS pixels. */
  readonly stage: Size;
}

/** Of the camera or a video, what is shown. */
export interface LiveState {
  readonly kind: 'camera' | 'video';
  readonly frame: Shown | undefined;
  readonly painted: Painted | undefined;
  /** Pictures a second. */
  readonly rate: number;
  /** Short side that is painted, in pixels. */
  readonly side: number;
  readonly dropped: number;
  readonly isPaused: boolean;
  readonly isRecording: boolean;
}

export const firstState: State = {
  settings: firstSettings,
  isEditing: false,
  canUndo: false,
  canRedo: false,
  photo: undefined,
  painted: undefined,
  compared: {},
  live: undefined,
  work: undefined,
  device: undefined,
  notice: undefined,
  slot: 0,
  isMasking: false,
  isErasing: false,
  maskBrush: 0.2,
  split: 0,
  view: wholeView,
  stage: { width: 1, height: 1 },
};
