/** Icons, as SVG in the colour of the text. */

const paths = {
  undo: 'M9 7 4.5 11.5 9 16M5 11.5h9a5 5 0 0 1 0 10h-2',
  redo: 'M15 7l4.5 4.5L15 16M19 11.5h-9a5 5 0 0 0 0 10h2',
  link: 'M10 14a4 4 0 0 0 5.7 0l3.1-3.1a4 4 0 0 0-5.7-5.7L12 6.3M14 10a4 4 0 0 0-5.7 0l-3.1 3.1a4 4 0 0 0 5.7 5.7L12 17.7',
  download: 'M12 4v11M7.5 11l4.5 4.5L16.5 11M5 20h14',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M5.6 18.4l1.1-1.1M17.3 6.7l1.1-1.1',
  moon: 'M20 14.5A8 8 0 0 1 9.5 4 8 8 0 1 0 20 14.5Z',
  photo:
    'M5 5h14a1.5 1.5 0 0 1 1.5 1.5v11A1.5 1.5 0 0 1 19 19H5a1.5 1.5 0 0 1-1.5-1.5v-11A1.5 1.5 0 0 1 5 5ZM4 16.5l4.5-4.5 4 4 2.5-2.5 5 4.5M15.5 9.5h.01',
  camera:
    'M4 8h3.5L9 5.5h6L16.5 8H20a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1ZM12 10a3.4 3.4 0 1 0 0 6.8 3.4 3.4 0 0 0 0-6.8',
  video:
    'M4 6.5h10.5a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1ZM15.5 10.5 21 7.5v9l-5.5-3',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  close: 'M6.5 6.5l11 11M17.5 6.5l-11 11',
  fit: 'M4 9V4.5h4.5M15.5 4.5H20V9M20 15v4.5h-4.5M8.5 19.5H4V15',
  brush:
    'M20 4c-4 1.5-8 5-9.5 8.5l2 2C16 13 19 8.5 20 4ZM10 13.5c-2.5-.5-4 1-4 3 0 1.5-1 2.5-2.5 3 3 1.5 7.5.5 8-3.5',
  snapshot: 'M12 5.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6',
  record: 'M12 7.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9',
  stop: 'M7 7h10v10H7z',
  pause: 'M8.5 6v12M15.5 6v12',
  play: 'M8 5.5v13l10.5-6.5z',
} as const;

export type IconName = keyof typeof paths;

const SVG = 'http://www.w3.org/2000/svg';

export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', paths[name]);
  svg.append(path);
  return svg;
}

/** Three overlapping washes of colour: the studio's mark. */
export function mark(): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 32 32');
  svg.setAttribute('aria-hidden', 'true');
  svg.classList.add('mark');
  for (const [name, d] of [
    ['wash-a', 'M12 3c6-1 11 3 10 9s-6 9-11 8-8-5-7-10 3-6 8-7Z'],
    ['wash-b', 'M21 10c5 0 8 4 7 9s-5 9-10 8-8-4-7-9 4-8 10-8Z'],
    ['wash-c', 'M10 15c4-1 8 1 8 6s-3 8-8 8-8-3-7-7 3-6 7-7Z'],
  ] as const) {
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('d', d);
    path.classList.add(name);
    svg.append(path);
  }
  return svg;
}
