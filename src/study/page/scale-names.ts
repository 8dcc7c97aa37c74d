/** The two scales of the page, in the order in which they are rated. */

export const scaleNames = ['content', 'style'] as const;
export type ScaleName = (typeof scaleNames)[number];
