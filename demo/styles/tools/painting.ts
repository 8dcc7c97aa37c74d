/** A square picture of floating-point pixels, the basis of every drawing. */
import sharp from 'sharp';
import { type Colour, clamp } from './colour.ts';

/** The colour at a place, with coordinates 0–1 across and down; `below` is the colour painted so far. */
export type Paint = (u: number, v: number, below: Colour) => Colour;

export class Painting {
  readonly size: number;
  readonly data: Float32Array;

  constructor(size: number, ground: Colour = [1, 1, 1]) {
    this.size = size;
    this.data = new Float32Array(size * size * 3);
    for (let index = 0; index < this.data.length; index += 3) this.data.set(ground, index);
  }

  /** Draws an SVG, given as the elements inside of a 512 × 512 view box. */
  static async fromSvg(elements: string, size: number): Promise<Painting> {
    const head = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"';
    const svg = `${head} width="${size}" height="${size}" viewBox="0 0 512 512">${elements}</svg>`;
    const bytes = await sharp(Buffer.from(svg)).removeAlpha().raw().toBuffer();
    const painting = new Painting(size);
    for (let index = 0; index < bytes.length; index++) painting.data[index] = (bytes[index] ?? 0) / 255;
    return painting;
  }

  /** The colour of the pixel at column `x`, row `y`; beyond the border, that of the nearest pixel. */
  at(x: number, y: number): Colour {
    const last = this.size - 1;
    const column = Math.max(0, Math.min(last, Math.round(x)));
    const row = Math.max(0, Math.min(last, Math.round(y)));
    const index = 3 * (row * this.size + column);
    return [this.data[index] ?? 0, this.data[index + 1] ?? 0, this.data[index + 2] ?? 0];
  }

  /** Repaints every pixel; with `samples` above 1, from the mean of that many places squared. */
  shade(paint: Paint, samples = 1): this {
    const { size, data } = this;
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const below = this.at(x, y);
        let [red, green, blue] = [0, 0, 0];
        for (let sample = 0; sample < samples * samples; sample++) {
          const u = (x + ((sample % samples) + 0.5) / samples) / size;
          const v = (y + (Math.floor(sample / samples) + 0.5) / samples) / size;
          const colour = paint(u, v, below);
          red += colour[0];
          green += colour[1];
          blue += colour[2];
        }
        const index = 3 * (y * size + x);
        data[index] = red / samples ** 2;
        data[index + 1] = green / samples ** 2;
        data[index + 2] = blue / samples ** 2;
      }
    }
    return this;
  }

  /** Lays a colour over the pixel at column `x`, row `y`; outside the picture, does nothing. */
  blend(x: number, y: number, colour: Colour, opacity: number): void {
    if (x < 0 || y < 0 || x >= this.size || y >= this.size) return;
    const index = 3 * (y * this.size + x);
    for (let channel = 0; channel < 3; channel++) {
      const old = this.data[index + channel] ?? 0;
      this.data[index + channel] = old + ((colour[channel] ?? 0) - old) * opacity;
    }
  }

  /** Lays a soft-edged disc over the pixels around (`x`, `y`). */
  disc(x: number, y: number, radius: number, colour: Colour, opacity: number): void {
    for (let row = Math.floor(y - radius); row <= y + radius + 1; row++) {
      for (let column = Math.floor(x - radius); column <= x + radius + 1; column++) {
        const cover = clamp(radius + 0.5 - Math.hypot(column - x, row - y));
        if (cover > 0) this.blend(column, row, colour, cover * opacity);
      }
    }
  }

  png(): Promise<Buffer> {
    const bytes = Uint8Array.from(this.data, (value) => Math.round(255 * clamp(value)));
    const raw = { width: this.size, height: this.size, channels: 3 } as const;
    return sharp(bytes, { raw }).png({ compressionLevel: 6 }).toBuffer();
  }
}
