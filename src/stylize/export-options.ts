/** What can be exported, and in which form: apart from the work, so that flags need not load it. */

/**
 * What a file does: `painter` paints a content in an encoded style, `style-encoder` encodes a style picture
 * for it, `whole` does both.
 */
export const exportedParts = ['painter', 'style-encoder', 'whole'] as const;
export type ExportedPart = (typeof exportedParts)[number];

/**
 * How pictures come in and go out: `float`, RGB 0–1 as `[1, 3, H, W]`, or `uint8`, RGB 0–255 as
 * `[1, H, W, 3]`.
 */
export const pictureForms = ['float', 'uint8'] as const;
