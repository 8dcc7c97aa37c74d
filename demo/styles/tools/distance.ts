/** Distance of each pixel of a grid from the nearest marked one, in pixels. */

const DIAGONAL = Math.SQRT2;

/** Two sweeps that pass distances on from neighbour to neighbour. They are off by a few percent. */
export function distances(marked: ArrayLike<number>, width: number): Float32Array {
  const height = marked.length / width;
  const field = Float32Array.from(marked, (mark) => (mark ? 0 : 1e6));
  const beside = (x: number, y: number): number =>
    x < 0 || y < 0 || x >= width || y >= height ? Infinity : (field[y * width + x] ?? Infinity);
  const relax = (x: number, y: number, step: number): void => {
    field[y * width + x] = Math.min(
      beside(x, y),
      Math.min(beside(x + step, y), beside(x, y + step)) + 1,
      Math.min(beside(x + step, y + step), beside(x - step, y + step)) + DIAGONAL,
    );
  };
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) relax(x, y, -1);
  for (let y = height - 1; y >= 0; y--) for (let x = width - 1; x >= 0; x--) relax(x, y, 1);
  return field;
}
