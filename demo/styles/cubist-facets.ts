/** Cubist facets: a guitar, a bottle and fruit on a table, seen from many sides at once in shaded planes. */
import { between, fractal, noise, type Random, seeded } from './tools/chance.ts';
import { scale } from './tools/colour.ts';
import { Painting } from './tools/painting.ts';

type Point = readonly [x: number, y: number];

export async function drawCubistFacets(size: number): Promise<Buffer> {
  const random = seeded(121);
  const facets = shatter(
    [
      [-4, -4],
      [516, -4],
      [516, 516],
      [-4, 516],
    ],
    7,
    random,
  );
  const defs: string[] = [`<g id="scene">${scene()}</g>`];
  const drawn = facets.map((facet, index) => {
    const points = facet.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
    const [x, y] = middle(facet);
    const turn = between(random, -16, 16);
    const zoom = between(random, 0.9, 1.25);
    const slip: Point = [between(random, -22, 22), between(random, -22, 22)];
    const angle = random() * 360;
    const warm = random() < 0.5;
    defs.push(`<clipPath id="c${index}"><polygon points="${points}"/></clipPath>`);
    // Every plane runs from light to dark across itself, whatever it shows.
    defs.push(
      `<linearGradient id="g${index}" gradientTransform="rotate(${angle.toFixed(0)} 0.5 0.5)"><stop offset="0" stop-color="${warm ? '#fff0cc' : '#dfeaf2'}" stop-opacity="0.62"/><stop offset="0.45" stop-color="${warm ? '#e8a24a' : '#6a90a8'}" stop-opacity="0.08"/><stop offset="1" stop-color="${warm ? '#2a0f08' : '#08182c'}" stop-opacity="0.62"/></linearGradient>`,
    );
    const place = `translate(${x + slip[0]} ${y + slip[1]}) rotate(${turn}) scale(${zoom}) translate(${-x} ${-y})`;
    const edge =
      random() < 0.6
        ? `stroke="#1a1210" stroke-width="${between(random, 0.8, 2.4).toFixed(1)}" stroke-opacity="0.85"`
        : '';
    return `<g clip-path="url(#c${index})"><use xlink:href="#scene" transform="${place}"/></g><polygon points="${points}" fill="url(#g${index})" ${edge}/>`;
  });
  const painting = await Painting.fromSvg(`<defs>${defs.join('')}</defs>${drawn.join('')}${accents()}`, size);
  const dab = noise(122);
  const weave = fractal(123, 3);
  return painting
    .shade((u, v, below) => {
      // Short dry dabs whose slant follows the colour give each plane its own brushwork.
      const turn = 5 * (below[0] - below[2]) + 2 * below[1];
      const along = 512 * (u * Math.cos(turn) + v * Math.sin(turn));
      const across = 512 * (v * Math.cos(turn) - u * Math.sin(turn));
      const brush = 0.16 * dab(along / 15, across / 4.2) + 0.07 * weave(u * 120, v * 120);
      return scale(below, 1 + brush);
    })
    .png();
}

/** Cuts a polygon in two again and again, along slants that favour a few directions. */
function shatter(polygon: Point[], depth: number, random: Random): Point[][] {
  const [x, y] = middle(polygon);
  if (depth === 0 || area(polygon) < 4200 || (depth < 3 && random() < 0.08)) return [polygon];
  const wide = span(polygon, 0) > span(polygon, 1);
  const angle = (wide ? Math.PI / 2 : 0) + between(random, -0.75, 0.75);
  const through: Point = [
    x + between(random, -0.14, 0.14) * span(polygon, 0),
    y + between(random, -0.14, 0.14) * span(polygon, 1),
  ];
  const side = ([px, py]: Point): number =>
    (px - through[0]) * Math.sin(angle) - (py - through[1]) * Math.cos(angle);
  const halves: [Point[], Point[]] = [[], []];
  polygon.forEach((from, index) => {
    const to = polygon[(index + 1) % polygon.length] ?? from;
    const [a, b] = [side(from), side(to)];
    halves[a < 0 ? 0 : 1].push(from);
    if (a < 0 === b < 0) return;
    const t = a / (a - b);
    const meet: Point = [from[0] + (to[0] - from[0]) * t, from[1] + (to[1] - from[1]) * t];
    halves[0].push(meet);
    halves[1].push(meet);
  });
  return halves.flatMap((half) => (half.length < 3 ? [] : shatter(half, depth - 1, random)));
}

function middle(polygon: readonly Point[]): Point {
  return [
    polygon.reduce((sum, [x]) => sum + x, 0) / polygon.length,
    polygon.reduce((sum, [, y]) => sum + y, 0) / polygon.length,
  ];
}

function span(polygon: readonly Point[], axis: 0 | 1): number {
  const values = polygon.map((point) => point[axis]);
  return Math.max(...values) - Math.min(...values);
}

function area(polygon: readonly Point[]): number {
  return span(polygon, 0) * span(polygon, 1);
}

/** The still life as it would be seen from one side. */
function scene(): string {
  const line = 'stroke="#1a1210" stroke-width="3"';
  const strings = [0, 1, 2, 3]
    .map((index) => `<path d="M${236 + index * 6} 60V392" stroke="#f4e4c0" stroke-width="1.6"/>`)
    .join('');
  const squares = Array.from(
    { length: 24 },
    (_, index) =>
      `<rect x="${330 + 26 * (index % 6)}" y="${330 + 26 * Math.floor(index / 6)}" width="26" height="26" fill="${(index + Math.floor(index / 6)) % 2 ? '#e8d8b0' : '#24343c'}"/>`,
  ).join('');
  return `<rect x="-300" y="-300" width="1112" height="1112" fill="#7d8f8a"/>
    <path d="M-300 -300H150L250 330H-300Z" fill="#34566e"/><path d="M300 -300H812V300L360 340Z" fill="#c9a45c"/>
    <path d="M-300 330L812 290V812H-300Z" fill="#8a4a24"/><path d="M-300 420L330 330L420 812H-300Z" fill="#b8712c"/>${squares}
    <path d="M60 130h66v70q36 22 36 70v170H24V270q0-48 36-70Z" fill="#2c5a4a" ${line}/><rect x="38" y="290" width="108" height="86" fill="#e8cf96" ${line}/><rect x="60" y="104" width="66" height="30" fill="#a83a24" ${line}/>
    <path d="M245 190c70 0 84 44 66 84-10 24 44 44 34 108-8 50-52 66-100 66s-92-16-100-66c-10-64 44-84 34-108-18-40-4-84 66-84Z" fill="#d8862c" ${line}/>
    <path d="M245 190c70 0 84 44 66 84-10 24 44 44 34 108-8 50-52 66-100 66Z" fill="#9a3f1c"/>
    <circle cx="245" cy="316" r="34" fill="#20141a"/><circle cx="245" cy="316" r="42" fill="none" stroke="#f0d090" stroke-width="3"/>
    <rect x="230" y="20" width="30" height="250" fill="#3a1c14" ${line}/><rect x="208" y="388" width="74" height="12" fill="#20141a"/>${strings}
    <circle cx="392" cy="418" r="46" fill="#c8321c" ${line}/><circle cx="446" cy="448" r="40" fill="#e0a82c" ${line}/><circle cx="356" cy="464" r="34" fill="#5a7a34" ${line}/>
    <path d="M400 120h84l-22 110h-14v70h30v12h-72v-12h30v-70h-14Z" fill="#b8d0d0" fill-opacity="0.85" ${line}/><path d="M408 160h68l-14 70h-40Z" fill="#8a1f34"/>`;
}

/** A few lines that run on unbroken and tie the planes together. */
function accents(): string {
  const pen = 'fill="none" stroke="#15100e" stroke-opacity="0.8"';
  return `<path d="M120 512L330 -10M-10 150L522 372M60 -10L470 522" ${pen} stroke-width="1.6"/><path d="M150 380a96 96 0 0 0 190 10M176 236a70 62 0 0 1 138 -6" ${pen} stroke-width="3.4"/><circle cx="245" cy="316" r="30" fill="#1a1014" fill-opacity="0.85"/><path d="M236 40V400M245 30V400M254 40V400" stroke="#f6e8c8" stroke-width="1.3" stroke-opacity="0.85"/>`;
}
