/** Two losses over time, drawn as they come: every step faint, their running (geometric) mean as a line, samples as rings. */

const PADDING = { left: 34, right: 10, top: 8, bottom: 22 };

/** Share of a step in the running mean; the first few count alike. */
const SMOOTHING = 0.12;

export class Curve {
  #canvas;
  #seconds = 60;
  #steps = [];
  #samples = [];

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.#canvas = canvas;
    new ResizeObserver(() => this.#draw()).observe(canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#draw());
  }

  /** Begins anew, for a training of so many seconds. */
  clear(seconds) {
    this.#seconds = seconds;
    [this.#steps, this.#samples] = [[], []];
    this.#draw();
  }

  /** @param {{ seconds: number, style: number, content: number }} step */
  addStep(step) {
    const last = this.#steps.at(-1)?.mean ?? step;
    const share = Math.max(SMOOTHING, 1 / (this.#steps.length + 1));
    const mean = (name) => last[name] * (step[name] / last[name]) ** share;
    // Geometric, as the axis is: a crop that shows only sky is many times as far from a painting as others.
    this.#steps.push({ ...step, mean: { style: mean('style'), content: mean('content') } });
    this.#draw();
  }

  /** @param {{ seconds: number, style: number, content: number }} sample */
  addSample(sample) {
    this.#samples.push(sample);
    this.#draw();
  }

  #draw() {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    this.#canvas.width = width * devicePixelRatio;
    this.#canvas.height = height * devicePixelRatio;
    const context = this.#canvas.getContext('2d');
    context.scale(devicePixelRatio, devicePixelRatio);
    const styles = getComputedStyle(this.#canvas);
    const colour = (name) => styles.getPropertyValue(name);
    const right = width - PADDING.right;
    const bottom = height - PADDING.bottom;
    const longest = Math.max(this.#seconds, this.#steps.at(-1)?.seconds ?? 0);
    const [low, high] = this.#range();
    const x = (seconds) => PADDING.left + (seconds / longest) * (right - PADDING.left);
    const y = (loss) => bottom - (Math.log(loss / low) / Math.log(high / low)) * (bottom - PADDING.top);

    context.font = '11px system-ui, sans-serif';
    context.lineWidth = 1;
    context.strokeStyle = colour('--faint');
    context.fillStyle = colour('--muted');
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    for (const loss of round.filter((loss) => loss >= low && loss <= high)) {
      line(context, [
        [PADDING.left, y(loss)],
        [right, y(loss)],
      ]);
      context.fillText(String(loss), PADDING.left - 8, y(loss));
    }
    context.textBaseline = 'alphabetic';
    for (const seconds of ticks(this.#seconds, 6)) {
      context.textAlign = seconds === 0 ? 'left' : seconds === this.#seconds ? 'right' : 'center';
      context.fillText(`${seconds} s`, x(seconds), height - 5);
    }
    for (const [name, ink] of [
      ['content', colour('--second')],
      ['style', colour('--accent')],
    ]) {
      context.strokeStyle = context.fillStyle = ink;
      context.globalAlpha = 0.28;
      for (const step of this.#steps) {
        if (step[name] >= low && step[name] <= high)
          context.fillRect(x(step.seconds) - 1, y(step[name]) - 1, 2, 2);
      }
      context.globalAlpha = 1;
      context.lineWidth = 2;
      line(
        context,
        this.#steps.map(({ seconds, mean }) => [x(seconds), y(mean[name])]),
      );
      for (const sample of this.#samples) {
        context.beginPath();
        context.arc(x(sample.seconds), y(sample[name]), 3.5, 0, 2 * Math.PI);
        context.fillStyle = colour('--raised');
        context.fill();
        context.stroke();
      }
    }
  }

  /** Of the axis: round numbers round all samples and means; single steps may stick out. */
  #range() {
    const seen = [...this.#samples, ...this.#steps.map(({ mean }) => mean)].flatMap(({ style, content }) => [
      style,
      content,
    ]);
    const [least, most] = [Math.min(0.2, ...seen), Math.max(2, ...seen)];
    return [round.findLast((loss) => loss <= least) ?? least, round.find((loss) => loss >= most) ?? most];
  }
}

/** Where a logarithmic axis has its lines. */
const round = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50];

/** Round numbers from 0 to `top`, about `count` of them, for a linear axis. */
function ticks(top, count) {
  const rough = top / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough);
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  const all = Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, i) => i * step);
  return all.map((value) => Number(value.toFixed(digits)));
}

function line(context, points) {
  context.beginPath();
  for (const point of points) context.lineTo(...point);
  context.stroke();
}
