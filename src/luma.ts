/** Weights of red, green and blue in luma by ITU-R BT.601; they sum to 1. */
export const LUMA = [0.299, 0.587, 0.114] as const;
