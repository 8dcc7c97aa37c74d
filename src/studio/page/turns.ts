/** The order in which pictures are asked for: the last one is shown, however long the others take to open. */

export interface Turn {
  /** Makes it count: until then it is not known whether a picture is asked for. */
  begin(): void;
  /** Whether no later turn has begun. */
  isNewest(): boolean;
}

/** Makes the function that gives the turns. */
export function createTurns(): () => Turn {
  let [given, newest] = [0, 0];
  return () => {
    given += 1;
    const own = given;
    return {
      begin() {
        newest = Math.max(newest, own);
      },
      isNewest: () => own >= newest,
    };
  };
}
