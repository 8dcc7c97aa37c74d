/** The page of all examples: choose a photograph and a painting, see one in the style of the other. */

import { loadStylizer } from 'wasserfarbe/browser';

/** @param {import('wasserfarbe/browser').LoadStylizerOptions} [options] */
export async function start(options) {
  const [photo, painting, strength] = ['photo', 'painting', 'strength'].map((id) =>
    document.getElementById(id),
  );
  const [canvas, status] = [document.querySelector('canvas'), document.querySelector('output')];

  const stylizer = await loadStylizer(options);
  status.textContent = `Ready (${stylizer.device}). Choose two pictures.`;
  let style;

  painting.addEventListener('change', () => {
    style = stylizer.prepareStyle(painting.files[0]);
    style.catch(tell);
    paint();
  });
  photo.addEventListener('change', paint);
  strength.addEventListener('input', paint);

  async function paint() {
    if (photo.files.length === 0 || style === undefined) return;
    status.textContent = 'Painting …';
    try {
      const painted = await stylizer.stylize(photo.files[0], await style, {
        strength: Number(strength.value),
        // Whoever moves the slider wants its last place, not all places on the way.
        replace: true,
        onPreview: (preview) => preview.drawTo(canvas),
      });
      painted.drawTo(canvas);
      status.textContent = `Painted: ${painted.width}×${painted.height}.`;
    } catch (error) {
      tell(error);
    }
  }

  function tell(error) {
    if (error.name !== 'AbortError') status.textContent = error.message;
  }
}
