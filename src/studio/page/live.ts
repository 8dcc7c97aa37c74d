/** Camera and clips: the newest frame is painted whenever the network is free; the others are dropped. */

import { cameraOf, cameraProblem, listCameras, openCamera, stopCamera } from './cameras.ts';
import type { Text } from './i18n.ts';
import { freePainted } from './look.ts';
import type { Engine } from './network.ts';
import { isAbort, reasonOf, styleJob, toPainted } from './repainting.ts';
import { smaller } from './photo.ts';
import { nextSide, type Pace, startPace } from './pace.ts';
import { openAnimationPlayer, type Player, sizeOf, videoPlayer } from './players.ts';
import { ONE_PASS } from './settings.ts';
import type { LiveState, State } from './state.ts';
import type { Store } from './store.ts';
import type { Paintings } from './paintings.ts';
import type { Turn } from './turns.ts';
import { wholeView } from './view.ts';

export interface Live {
  startCamera(): Promise<void>;
  /** Plays a film or an animated picture, unless something newer was asked for. False for any other file. */
  startClip(file: File, turn: Turn): Promise<boolean>;
  /** Pauses a clip at a time, in seconds; while the time `isMoving`, frames are painted small. */
  seek(seconds: number, isMoving: boolean): Promise<void>;
  /** Films with another camera, without an end. */
  chooseCamera(id: string): Promise<void>;
  toggleMirror(): void;
  togglePause(): void;
  /** The frame shown, in the video's full size. */
  snapshot(): Promise<File | undefined>;
  end(): void;
}

/** Short side in pixels up to which the frame of a paused clip is painted, with all of its strokes. */
const STILL_SIDE = 720;

/** @param nextTurn gives the turns of cameras */
export function createLive(
  store: Store<State>,
  engine: Engine,
  paintings: Paintings,
  nextTurn: () => Turn,
): Live {
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.loop = true;
  const filmPlayer = videoPlayer(video, closeVideo);
  let player: Player = filmPlayer;
  let pace: Pace = startPace();
  /** Changes with every start and end, so that late results of earlier sessions are ignored. */
  let session = 0;
  let isMirrored = false;

  let dropped = 0;
  let inFlight = 0;
  /** Time at which the newest frame was taken, in ms. */
  let started = 0;
  /** Counts frames, so that one that a slow network painted never replaces a newer one. */
  let taken = 0;
  let shownFrame = 0;

  /** One frame is painted while another waits, which is replaced regularly, so that it is never old. */
  function isWanted(): boolean {
    return inFlight < 2 || performance.now() - started > 500 / Math.max(1, pace.rate);
  }

  function update(patch: Partial<LiveState>): void {
    const { live } = store.get();
    if (live !== undefined) store.set({ live: { ...live, ...patch } });
  }

  function start(kind: LiveState['kind'], file?: File): void {
    session += 1;
    pace = startPace();
    dropped = 0;
    const live: LiveState = {
      kind,
      frame: undefined,
      painted: undefined,
      file,
      seconds: kind === 'clip' ? player.seconds() : 0,
      time: 0,
      rate: 0,
      side: pace.side,
      dropped: 0,
      isPaused: false,
      cameras: [],
      camera: '',
      isMirrored: kind === 'camera' && isMirrored,
      isRecording: false,
    };
    store.set({ live, notice: undefined, view: wholeView, split: 0, isMasking: false });
    const current = session;
    const step = (): void => {
      if (current !== session) return;
      // Those of a paused clip are painted when they are sought.
      if (!player.isPaused() && isWanted()) void paintFrame(current);
      else if (!player.isPaused()) dropped += 1;
      player.onFrame(step);
    };
    player.onFrame(step);
  }

  /** @param isStill whether it is painted as a photograph is, however long that takes */
  async function paintFrame(current: number, isStill = false): Promise<void> {
    const side = isStill ? STILL_SIDE : pace.side;
    const { picture } = player;
    const frame = smaller(picture, side, store.get().live?.isMirrored);
    const shown = { image: frame, ...sizeOf(picture) };
    const time = player.time();
    started = performance.now();
    taken += 1;
    const number = taken;
    const isOld = (): boolean => current !== session || number < shownFrame;
    inFlight += 1;
    if (store.get().live?.painted === undefined) update({ frame: shown });
    const { settings } = store.get();
    try {
      const pixels = await engine.paint({
        ...styleJob(settings, paintings),
        model: settings.model,
        picture: frame,
        isMoving: true,
        ...(isStill ? {} : { finestSize: Math.max(ONE_PASS, side) }),
        replaces: true,
      });
      const painted = await toPainted(pixels);
      if (isOld()) {
        freePainted(painted);
        return;
      }
      shownFrame = number;
      if (!isStill) pace = nextSide(pace, performance.now());
      const old = store.get().live?.painted;
      // The time that is sought is ahead of what is painted.
      const at = player.isPaused() ? {} : { time };
      update({ frame: shown, painted, ...at, rate: pace.rate, side: pace.side, dropped });
      if (old !== undefined) freePainted(old);
    } catch (error) {
      if (isOld()) return;
      if (isAbort(error)) {
        dropped += 1;
        return;
      }
      const reason = reasonOf(error);
      fail((s) => s.failed(reason));
    } finally {
      inFlight -= 1;
    }
  }

  /**
   * Films with a camera, and tells which of all it is: undefined if that fails, which is told, or if the
   * person has gone on to something else.
   */
  async function film(id?: string): Promise<Pick<LiveState, 'camera' | 'cameras'> | undefined> {
    const [current, turn] = [session, nextTurn()];
    turn.begin();
    const isLeft = (): boolean => current !== session || !turn.isNewest();
    try {
      const stream = await openCamera(id, () => fail((s) => s.cameraLost));
      if (isLeft()) {
        stopCamera(stream);
        return undefined;
      }
      video.srcObject = stream;
      await video.play();
      const found = { camera: cameraOf(stream), cameras: await listCameras() };
      return current === session ? found : undefined;
    } catch (error) {
      if (isLeft()) return undefined;
      fail((s) => s[cameraProblem(error)]);
      return undefined;
    }
  }

  function end(): void {
    release();
    if (store.get().live !== undefined) store.set({ live: undefined, view: wholeView });
  }

  function fail(text: Text): void {
    end();
    store.set({ notice: { kind: 'problem', text } });
  }

  function release(): void {
    session += 1;
    player.close();
    player = filmPlayer;
  }

  function closeVideo(): void {
    const { srcObject, src } = video;
    stopCamera(srcObject);
    video.srcObject = null;
    video.removeAttribute('src');
    video.load();
    if (src.startsWith('blob:')) URL.revokeObjectURL(src);
  }

  // Also a photograph ends it, and one that comes while the camera is still asked for.
  store.watch(
    ({ live, photo }) => [live === undefined, photo],
    (isOff, _) => {
      if (isOff) release();
    },
  );

  // Repaints the frame that is paused when sliders move.
  store.watch(
    ({ isEditing, settings: { styles, weights, masks, strokeSize, followDetail, colours, model } }) => [
      isEditing,
      styles,
      weights,
      masks,
      strokeSize,
      followDetail,
      colours,
      model,
    ],
    () => {
      const { live, isEditing } = store.get();
      if (live?.isPaused === true) void paintFrame(session, !isEditing);
    },
  );

  return {
    end,
    async startCamera() {
      end();
      const found = await film();
      if (found === undefined) return;
      start('camera');
      update(found);
    },
    async chooseCamera(id) {
      // Some devices open only one camera at a time.
      stopCamera(video.srcObject);
      const found = await film(id);
      if (found !== undefined) update({ ...found, isPaused: false });
    },
    toggleMirror() {
      isMirrored = !isMirrored;
      update({ isMirrored });
      if (store.get().live?.isPaused === true) void paintFrame(session, true);
    },
    async startClip(file, turn) {
      const isFilm = file.type.startsWith('video/');
      const animation = isFilm ? undefined : await openAnimationPlayer(file);
      if (!turn.isNewest()) {
        animation?.close();
        return true;
      }
      if (!isFilm && animation === undefined) return false;
      end();
      const current = session;
      player = animation ?? filmPlayer;
      try {
        if (isFilm) video.src = URL.createObjectURL(file);
        await player.play();
        if (current === session) start('clip', file);
      } catch {
        // What has been opened meanwhile has taken its place.
        if (current !== session) return true;
        fail((s) => s.notVideo(file.name));
      }
      return true;
    },
    togglePause() {
      if (player.isPaused()) void player.play();
      else player.pause();
      update({ isPaused: player.isPaused(), time: player.time() });
      if (player.isPaused()) void paintFrame(session, true);
    },
    async seek(seconds, isMoving) {
      const current = session;
      player.pause();
      update({ isPaused: true, time: seconds });
      await player.seek(seconds);
      if (current === session && store.get().live?.time === seconds) await paintFrame(current, !isMoving);
    },
    async snapshot() {
      if (sizeOf(player.picture).width === 0) return undefined;
      const canvas = smaller(player.picture, Number.POSITIVE_INFINITY, store.get().live?.isMirrored);
      const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'));
      return blob === null ? undefined : new File([blob], 'snapshot.png', { type: 'image/png' });
    },
  };
}
