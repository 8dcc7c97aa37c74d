/** What the page and the worker that renders a clip say to each other. */

import type { Strings } from '../page/strings/en.ts';

/** Why a clip is not rendered: a part of the page is missing, or the browser cannot read or write it. */
export type Failure = keyof Strings['clipFailures'];

export type ToRenderer =
  | {
      readonly render: {
        readonly file: File;
        /** Short side in pixels; undefined: the clip's own. */
        readonly side: number | undefined;
        /** Address of mediabunny. */
        readonly mediabunny: string;
      };
    }
  /** The painting of a frame; none if the film ends before it. */
  | { readonly painted: number; readonly pixels: ImageData | undefined }
  /** Ends it with the frames that are painted. */
  | { readonly enough: true };

export interface Rendered {
  readonly film: Blob;
  readonly ending: 'mp4' | 'webm';
  readonly frames: number;
  readonly sound: 'kept' | 'none' | 'lost';
  /** Why a frame could not be read or painted, in the browser's words: the film ends before it. */
  readonly broken: string | undefined;
}

export type FromRenderer =
  /** Asks for a frame's painting. */
  | { readonly paint: number; readonly pixels: ImageData }
  /** Number of frames that are done, and to be done; and the last one, as it will be seen. */
  | { readonly done: number; readonly count: number; readonly shown: ImageData }
  /** The film; none if it was ended before its first frame. */
  | { readonly rendered: Rendered | undefined }
  | { readonly failure: Failure | undefined; readonly reason: string };
