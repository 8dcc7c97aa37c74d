/** Messages between the study's page and its server. Types only: the one module that both sides import. */

/** A rater's judgement of a picture: both values from 0, not at all, to 1, fully. */
export interface Rating {
  /** How much of the content is kept. */
  readonly content: number;
  /** How strongly the style shows. */
  readonly style: number;
}

/** One picture to judge. All three fields are names of pictures: `/pictures/{name}.png`. */
export interface Item {
  /** The stylised picture; ratings use this name for the item. */
  readonly id: string;
  readonly content: string;
  readonly style: string;
}

/** Reply to `GET /api/study`. */
export interface StudySummary {
  readonly study: string;
  readonly items: number;
}

/** Reply to `GET /api/items?rater=NAME`. */
export interface RaterState {
  readonly study: string;
  /** The rater's name as it stands in the answers. */
  readonly rater: string;
  /** In this rater's order. */
  readonly items: readonly Item[];
  /** By item. */
  readonly ratings: Readonly<Record<string, Rating>>;
}

/** Body of `POST /api/ratings`. */
export interface RatingRequest extends Rating {
  readonly study: string;
  readonly rater: string;
  readonly item: string;
}

/** Reply to `POST /api/ratings`, sent when the rating is on disk. */
export interface RatingSaved {
  /** Number of items that this rater has rated. */
  readonly rated: number;
}

/** Body of every other reply. */
export interface Refusal {
  readonly error: string;
}
