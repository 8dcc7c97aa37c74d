/** Names of the methods of refining: apart from their graphs, since options need no more. */

export const refiningMethodNames = [
  'sliced',
  'gatys',
  'li-linear',
  'li-gaussian',
  'li-statistics',
  'strotss',
  'critics',
] as const;
export type RefiningMethodName = (typeof refiningMethodNames)[number];
