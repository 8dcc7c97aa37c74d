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
 * Bytes that a run may take: browsers do not tell what is free. WebAssembly has 4 GB of addresses, of which the programs of
 * other sizes, which stay ready, keep a part.
 */
export const BROWSER_MEMORY = 1.5e9;

/** Compiled programs that stay ready in Node, each for one size of content and style. */
export const PROGRAMS = 4;

/** The same in browsers: preview and picture, and the style, of two sizes of pictures. */
export const BROWSER_PROGRAMS = 6;

/** Larger pictures are not held in memory, though they might be: in bands they are as fast. */
export const MOST_HELD_BYTES = 5e8;
