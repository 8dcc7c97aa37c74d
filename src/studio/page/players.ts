/** What is painted live, as it plays: a camera, a film, or an animated picture. */

import { type Animation, openAnimation } from '../film/animation.ts';
import type { Size } from './view.ts';

export interface Player {
  /** Shows the present frame. */
  readonly picture: HTMLVideoElement | HTMLCanvasElement;
  /** Its length; 0 for cameras, and for films that do not say it. */
  seconds(): number;
  time(): number;
  isPaused(): boolean;
  play(): Promise<void>;
  pause(): void;
  /** Shows the frame of a time, in seconds, also while it is paused. */
  seek(seconds: number): Promise<void>;
  /** Runs once, with the next frame. */
  onFrame(run: () => void): void;
  close(): void;
}

/** Sides in pixels; 0 before there is a frame. */
export function sizeOf(picture: Player['picture']): Size {
  return picture instanceof HTMLVideoElement
    ? { width: picture.videoWidth, height: picture.videoHeight }
    : { width: picture.width, height: picture.height };
}

/** @param close frees what the video shows */
export function videoPlayer(video: HTMLVideoElement, close: () => void): Player {
  return {
    picture: video,
    seconds: () => (Number.isFinite(video.duration) ? video.duration : 0),
    time: () => video.currentTime,
    isPaused: () => video.paused,
    play: () => video.play(),
    pause: () => video.pause(),
    async seek(seconds) {
      video.currentTime = seconds;
      await new Promise((done) => video.addEventListener('seeked', done, { once: true }));
    },
    onFrame: (run) => void video.requestVideoFrameCallback(run),
    close,
  };
}

/** Plays an animated picture again and again; undefined for any other file. */
export async function openAnimationPlayer(file: Blob): Promise<Player | undefined> {
  const animation = await openAnimation(file);
  return animation && animationPlayer(animation);
}

function animationPlayer(animation: Animation): Player {
  const { width, height, starts, seconds } = animation;
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d');
  let [shown, isPaused, isClosed] = [0, true, false];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let waiting: (() => void)[] = [];

  async function show(i: number): Promise<void> {
    if (context === null || isClosed) return;
    await animation.draw(i, context);
    shown = i;
    const runs = waiting;
    waiting = [];
    for (const run of runs) run();
  }

  function goOn(): void {
    clearTimeout(timer);
    if (isPaused || isClosed) return;
    const lasts = (starts[shown + 1] ?? seconds) - (starts[shown] ?? 0);
    timer = setTimeout(() => void show((shown + 1) % starts.length).then(goOn), 1000 * lasts);
  }

  return {
    picture: canvas,
    seconds: () => seconds,
    time: () => starts[shown] ?? 0,
    isPaused: () => isPaused,
    async play() {
      isPaused = false;
      await show(shown);
      goOn();
    },
    pause() {
      isPaused = true;
      clearTimeout(timer);
    },
    async seek(at) {
      await show(
        Math.max(
          0,
          starts.findLastIndex((start) => start <= at),
        ),
      );
      goOn();
    },
    onFrame: (run) => void waiting.push(run),
    close() {
      isClosed = true;
      clearTimeout(timer);
      animation.close();
    },
  };
}
