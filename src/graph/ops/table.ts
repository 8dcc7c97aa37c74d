/** The complete table of operations. */

import type { Op, OpTable } from '../op.ts';
import type { OpName } from '../tensor.ts';
import { expandOp, reduceSumOp } from './broadcast.ts';
import {
  addOp,
  divOp,
  equalOp,
  expOp,
  leakyReluOp,
  logOp,
  minimumOp,
  mulOp,
  negOp,
  positiveOp,
  reluOp,
  sqrtOp,
  subOp,
} from './elementwise.ts';
import { concatOp, flipKernelOp, padZerosOp, reshapeOp, sliceOp, transposeOp } from './layout.ts';
import { gatherOp, scatterAddOp } from './gathering.ts';
import { convOp, matmulOp, softmaxOp } from './linear.ts';
import { argsortOp, reorderOp, restoreOp } from './sorting.ts';
import { constantOp, inputOp, stopGradientOp } from './sources.ts';
import { blurOp, maxPoolOp, reflectFoldOp, reflectPadOp, sumPoolOp, upsampleOp } from './spatial.ts';

const ops: OpTable = {
  input: inputOp,
  constant: constantOp,
  stopGradient: stopGradientOp,
  add: addOp,
  sub: subOp,
  mul: mulOp,
  div: divOp,
  minimum: minimumOp,
  neg: negOp,
  exp: expOp,
  log: logOp,
  sqrt: sqrtOp,
  relu: reluOp,
  leakyRelu: leakyReluOp,
  positive: positiveOp,
  equal: equalOp,
  reshape: reshapeOp,
  transpose: transposeOp,
  slice: sliceOp,
  padZeros: padZerosOp,
  concat: concatOp,
  flipKernel: flipKernelOp,
  gather: gatherOp,
  scatterAdd: scatterAddOp,
  argsort: argsortOp,
  reorder: reorderOp,
  restore: restoreOp,
  expand: expandOp,
  reduceSum: reduceSumOp,
  matmul: matmulOp,
  conv: convOp,
  reflectPad: reflectPadOp,
  reflectFold: reflectFoldOp,
  maxPool: maxPoolOp,
  upsample: upsampleOp,
  sumPool: sumPoolOp,
  blur: blurOp,
  softmax: softmaxOp,
};

/** The record of operation `name`, typed for it. */
export function opOf<K extends OpName>(name: K): Op<K> {
  return ops[name];
}
