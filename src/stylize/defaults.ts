/** Sizes and limits that painting goes by, unless a call says otherwise. */

/** Short side in pixels to which style pictures are brought. */
export const STYLE_SIZE = 512;

/** Short side in pixels of the largest painting: how small the smallest strokes are. */
export const FINEST_SIZE = 512;

/** Short side in pixels of a draft, at a stroke size of 1. */
export const DRAFTING_SIZE = 256;

/** Short side in pixels of a preview in browsers. */
export const PREVIEW_SIZE = 192;

/** Long side in pixels that is enough for the statistics of a picture's colours. */
export const COLOUR_SIDE = 256;

/** Long side in pixels of the thumbnail in a style file. */
export const THUMBNAIL_SIDE = 128;

/** Longest side of a tile in pixels, halo included. Larger ones are hardly faster. */
export const LARGEST_TILE = 1152;

/**
 * Bytes that a run in a browser may take, since browsers do not tell how many are free. WebAssembly has 4 GB
 * of addresses. Programs of other sizes, which stay ready, occupy a part of them.
 */
export const BROWSER_MEMORY = 1.5e9;

/** The same for refining, in a worker of its own, which also holds the programs of its painting. */
export const BROWSER_REFINING_MEMORY = 2.5e9;

/** Compiled programs that stay ready in Node, each for one size of content and style. */
export const PROGRAMS = 4;

/** Compiled programs that stay ready in browsers: for preview, picture and style, each in two sizes. */
export const BROWSER_PROGRAMS = 6;

/** Larger pictures are not held in memory, though they might be: in bands they are as fast. */
export const MOST_HELD_BYTES = 5e8;

/** Steps of refining at each level. */
export const REFINING_STEPS = 50;

/** Longest short side that is refined. Larger paintings are refined at that size and enlarged. */
export const LARGEST_REFINED = 1024;
