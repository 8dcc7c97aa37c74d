/** The studio's state. One store holds it, and everything shown follows from it. */

import type { Camera } from './cameras.ts';
import type { Text } from './i18n.ts';
import { type Crop, firstSettings, type ModelName, type Moment, type Settings } from './settings.ts';
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
  /** The file that is painted, so that nothing is lost: the original one, or its crop as PNG. */
  readonly blob: Blob;
  readonly original: Blob;
  /** What was done to the original. */
  readonly crop: Crop | undefined;
  /**
   * The photograph at a short side of up to 192 pixels, for drafts, and 512, for drafts that show strokes.
   */
  readonly small: HTMLCanvasElement;
  readonly medium: HTMLCanvasElement;
}

/** A photograph as it is kept, and what it was cropped from. */
export interface KeptPhoto extends Partial<Pick<Photo, 'original' | 'crop'>> {
  readonly name: string;
  readonly blob: Blob;
}

/** A painting of the photograph at full strength. */
export interface Painted extends Shown {
  /** In full size, for files. False for drafts. */
  readonly isWhole: boolean;
  /** All that the whole painting depends on. Empty for drafts. */
  readonly look: readonly unknown[];
}

/** The work in progress. */
interface Work {
  readonly phase: 'loading' | 'painting' | 'finishing';
  readonly tiles?: { readonly done: number; readonly total: number };
  /** Done part of finishing, 0–1. */
  readonly done?: number;
  /** Seconds that finishing will still take. */
  readonly seconds?: number;
}

/** `core`: a single CPU core, since the page is not isolated. */
export type Device = 'webgpu' | 'wasm' | 'core';

interface Action {
  readonly text: Text;
  run(): void;
}

interface Notice {
  readonly kind: 'note' | 'problem';
  readonly text: Text;
  /** A problem that stays until it is over, whatever else works. */
  readonly isLasting?: true;
  /** What the person may do about it. */
  readonly action?: Action;
  /** What may be done instead. */
  readonly other?: Action;
}

/** How pictures are saved. */
export interface Saving {
  readonly type: FileType;
  /** 0–1, for all but PNG. */
  readonly quality: number;
  /** Part of the picture's sides, above 0 to 1. */
  readonly scale: number;
}

export const fileTypes = ['PNG', 'JPEG', 'WebP', 'AVIF'] as const;
export type FileType = (typeof fileTypes)[number];

export interface State {
  readonly settings: Settings;
  /** A point or brush is being moved, so drafts are painted. */
  readonly isEditing: boolean;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  readonly photo: Photo | undefined;
  /** The photograph that was kept and could not be opened. It may be the next time. */
  readonly unopened: KeptPhoto | undefined;
  /** The session is being opened, and its photograph. */
  readonly isOpening: boolean;
  readonly painted: Painted | undefined;
  /** Paintings by each model during a comparison. */
  readonly compared: Readonly<Partial<Record<ModelName, Painted>>>;
  /** Moments of the last refinement, in their order. */
  readonly moments: readonly Moment[];
  readonly live: LiveState | undefined;
  readonly work: Work | undefined;
  /** The device that paints, once it is known. */
  readonly device: Device | undefined;
  readonly notice: Notice | undefined;
  /** A file is being made. */
  readonly isExporting: boolean;
  readonly saving: Saving;
  /** A painting is being learnt. */
  readonly isLearning: boolean;
  /** The style to which gallery and mask apply. */
  readonly slot: number;
  readonly isMasking: boolean;
  readonly isErasing: boolean;
  /** Diameter of the mask's brush as a part of the picture's short side. */
  readonly maskBrush: number;
  /** Left part of the picture that shows the photograph, 0–1. */
  readonly split: number;
  /** The photograph is shown for as long as a button or key is held. */
  readonly isHeld: boolean;
  readonly view: View;
  /** Size of the stage in CSS pixels. */
  readonly stage: Size;
}

/** The part of the camera's or clip's state that is shown. */
export interface LiveState {
  readonly kind: 'camera' | 'clip';
  /** The clip's. */
  readonly file: File | undefined;
  /** Length of a clip; 0 for cameras, and where it is unknown. */
  readonly seconds: number;
  /** Time of the frame, in seconds. */
  readonly time: number;
  readonly frame: Shown | undefined;
  readonly painted: Painted | undefined;
  /** Pictures per second. */
  readonly rate: number;
  /** Short side of the painted picture, in pixels. */
  readonly side: number;
  readonly dropped: number;
  readonly isPaused: boolean;
  /** None for a clip. */
  readonly cameras: readonly Camera[];
  /** Id of the one that films. */
  readonly camera: string;
  /** Left and right are exchanged. */
  readonly isMirrored: boolean;
  readonly isRecording: boolean;
}

export const firstState: State = {
  settings: firstSettings,
  isEditing: false,
  canUndo: false,
  canRedo: false,
  photo: undefined,
  unopened: undefined,
  isOpening: true,
  painted: undefined,
  compared: {},
  moments: [],
  live: undefined,
  work: undefined,
  device: undefined,
  notice: undefined,
  isExporting: false,
  saving: { type: 'PNG', quality: 0.92, scale: 1 },
  isLearning: false,
  slot: 0,
  isMasking: false,
  isErasing: false,
  maskBrush: 0.2,
  split: 0,
  isHeld: false,
  view: wholeView,
  stage: { width: 1, height: 1 },
};
