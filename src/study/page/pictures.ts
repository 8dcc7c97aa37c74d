/** Pictures of the study, fetched ahead and shown only when complete. */

export interface Pictures {
  /** Resolves when all are decoded. Never rejects, but tries again until it succeeds. */
  load(names: readonly string[]): Promise<HTMLImageElement[]>;
  /** Fetches these pictures, and forgets those that are neither among them nor shown. */
  ahead(names: readonly string[]): void;
}

const RETRY_MS = 1500;

/** @param waiting called with whether a picture is unavailable */
export function createPictures(waiting: (isWaiting: boolean) => void): Pictures {
  const known = new Map<string, Promise<HTMLImageElement>>();
  const get = (name: string): Promise<HTMLImageElement> => {
    const picture = known.get(name) ?? decode(name, waiting);
    known.set(name, picture);
    return picture;
  };
  return {
    load: (names) => Promise.all(names.map(get)),
    ahead(names) {
      for (const name of known.keys()) if (!names.includes(name)) known.delete(name);
      for (const name of names) void get(name);
    },
  };
}

async function decode(name: string, waiting: (isWaiting: boolean) => void): Promise<HTMLImageElement> {
  for (let failed = false; ; failed = true) {
    const image = new Image();
    image.src = `/pictures/${name}.png`;
    try {
      await image.decode();
      if (failed) waiting(false);
      return image;
    } catch {
      waiting(true);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
