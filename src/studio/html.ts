/**
 * The studio's document. The page makes its parts. All addresses are relative, for any folder of any server.
 */

export const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<meta name="description" content="Paint any photograph like any picture, on this device.">
<title>Wasserfarbe studio</title>
<link rel="icon" href="icon.svg" type="image/svg+xml">
<link rel="manifest" href="manifest.webmanifest">
<link rel="stylesheet" href="style.css">
<link rel="preload" as="image" href="photographs/launch-pads.avif" fetchpriority="high">
<link rel="preload" as="image" href="photographs/launch-pads-painted.avif" fetchpriority="high">
<link rel="modulepreload" href="studio/page/engine.js">
<link rel="modulepreload" href="browser/index.js">
<script type="module" src="studio/page/page.js"></script>
</head>
<body>
<noscript><p>This page needs JavaScript. 此页面需要 JavaScript。</p></noscript>
</body>
</html>
`;

/** What makes the page installable. */
export const manifest = JSON.stringify({
  name: 'Wasserfarbe studio',
  short_name: 'Wasserfarbe',
  description: 'Paint any photograph like any picture, on this device.',
  start_url: './',
  display: 'standalone',
  background_color: '#f6f5f3',
  theme_color: '#f6f5f3',
  icons: [{ src: 'icon.svg', sizes: 'any', type: 'image/svg+xml' }],
});

/** The mark, as the icon of the browser's tab. */
export const iconSvg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<path fill="#2f7d9c" d="M12 3c6-1 11 3 10 9s-6 9-11 8-8-5-7-10 3-6 8-7Z"/>
<path fill="#c8553d" fill-opacity=".85" d="M21 10c5 0 8 4 7 9s-5 9-10 8-8-4-7-9 4-8 10-8Z"/>
<path fill="#e0a63c" fill-opacity=".85" d="M10 15c4-1 8 1 8 6s-3 8-8 8-8-3-7-7 3-6 7-7Z"/>
</svg>
`;
