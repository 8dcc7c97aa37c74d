/** The cameras of the device. */

export interface Camera {
  readonly id: string;
  /** Empty where the browser hides it. */
  readonly name: string;
}

/**
 * Opens a camera: the browser's choice, or one of {@link listCameras}.
 *
 * @param onLost runs when it is pulled out or not allowed any more, not when {@link stopCamera} ends it
 * @throws DOMException of `getUserMedia`; TypeError on pages that may have no camera
 */
export async function openCamera(id: string | undefined, onLost: () => void): Promise<MediaStream> {
  const size = { width: { ideal: 1280 }, height: { ideal: 720 } };
  const which = id === undefined ? {} : { deviceId: { exact: id } };
  const stream = await navigator.mediaDevices.getUserMedia({ video: { ...size, ...which } });
  stream.getVideoTracks()[0]?.addEventListener('ended', onLost);
  return stream;
}

/** All cameras. Browsers name them only while one is open. */
export async function listCameras(): Promise<Camera[]> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  const cameras = devices.filter(({ kind, deviceId }) => kind === 'videoinput' && deviceId !== '');
  return cameras.map(({ deviceId, label }) => ({ id: deviceId, name: label }));
}

/** The id of the camera that a stream comes from. */
export function cameraOf(stream: MediaStream): string {
  return stream.getVideoTracks()[0]?.getSettings().deviceId ?? '';
}

export function stopCamera(stream: unknown): void {
  if (stream instanceof MediaStream) for (const track of stream.getTracks()) track.stop();
}

/** What is to be said of a camera that could not be opened. */
export function cameraProblem(
  error: unknown,
): 'noCamera' | 'cameraInsecure' | 'cameraRefused' | 'cameraBusy' {
  // Insecure pages have no mediaDevices at all.
  if (!window.isSecureContext) return 'cameraInsecure';
  const name = error instanceof Error ? error.name : '';
  return problems[name] ?? 'cameraBusy';
}

const problems: Readonly<Record<string, 'noCamera' | 'cameraRefused'>> = {
  NotFoundError: 'noCamera',
  OverconstrainedError: 'noCamera',
  TypeError: 'noCamera',
  NotAllowedError: 'cameraRefused',
  SecurityError: 'cameraRefused',
};
