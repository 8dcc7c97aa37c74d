/** Records the painted frames as a video file. */

import type { Settings } from './settings.ts';
import type { LiveState, State } from './state.ts';
import type { Store } from './store.ts';

const LONG_SIDE = 960;

export interface Recorder {
  /** @throws Error if the browser cannot record */
  start(): void;
  /** The file, once it is complete. */
  stop(): Promise<File | undefined>;
}

const types = ['video/mp4;codecs=avc1.640028', 'video/webm;codecs=vp9', 'video/webm'];

export function createRecorder(store: Store<State>): Recorder {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d');
  let recorder: MediaRecorder | undefined;

  /** A video has one shape. A frame of another, as of a turned phone, is shown whole on black. */
  function draw({ frame, painted }: LiveState, { strength }: Settings): void {
    if (frame === undefined || context === null) return;
    if (recorder === undefined) return;
    const scale = Math.min(canvas.width / frame.width, canvas.height / frame.height);
    const { width, height } = evenSize(frame, scale);
    const place = [(canvas.width - width) / 2, (canvas.height - height) / 2, width, height] as const;
    context.imageSmoothingQuality = 'high';
    context.globalAlpha = 1;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(frame.image, ...place);
    if (painted === undefined) return;
    context.globalAlpha = strength;
    context.drawImage(painted.image, ...place);
  }

  store.watch(
    ({ live, settings }) => [live, settings],
    (live, settings) => {
      if (live !== undefined) draw(live, settings);
    },
  );

  return {
    start() {
      const { live } = store.get();
      const type = types.find((one) => MediaRecorder.isTypeSupported(one));
      if (live?.frame === undefined || type === undefined) throw new Error('internal: cannot record');
      const { width, height } = live.frame;
      Object.assign(canvas, evenSize(live.frame, LONG_SIDE / Math.max(width, height)));
      recorder = new MediaRecorder(canvas.captureStream(), { mimeType: type, videoBitsPerSecond: 8e6 });
      recorder.start();
      draw(live, store.get().settings);
    },
    async stop() {
      const current = recorder;
      recorder = undefined;
      if (current === undefined || current.state === 'inactive') return undefined;
      const data = new Promise<Blob>((done) => {
        current.addEventListener('dataavailable', (event) => done(event.data), { once: true });
      });
      current.stop();
      for (const track of current.stream.getTracks()) track.stop();
      const type = current.mimeType.split(';')[0] ?? '';
      return new File([await data], `recording.${type === 'video/mp4' ? 'mp4' : 'webm'}`, { type });
    },
  };
}

/** A scaled size with even sides, which video codecs require. */
function evenSize({ width, height }: { width: number; height: number }, scale: number) {
  return { width: 2 * Math.round((width * scale) / 2), height: 2 * Math.round((height * scale) / 2) };
}
