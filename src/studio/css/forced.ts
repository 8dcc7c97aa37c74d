/** Forced colours, where systems replace backgrounds and shadows: everything keeps an edge. */

export const forced = `
@media (forced-colors: active) {
  .slider input { appearance: auto; accent-color: Highlight; }
  .split input::-webkit-slider-thumb { border: 2px solid #202327; forced-color-adjust: none; }
  .split-line { background: Highlight; }
  .sample .sweep { border-color: Highlight; }
  .bar, .chip, .notice, .sign, .zone, .pad-corner, .pad-point, .stage, .menu, .live-bar { border: 1px solid CanvasText; }
  .bar span { border: 1px solid transparent; forced-color-adjust: none; color: CanvasText; }
  .bar input:checked + span { background: SelectedItem; color: SelectedItemText; }
  .bar input:focus-visible + span, .split input:focus-visible { outline: 2px solid Highlight; }
  button[aria-pressed='true'].plain { background: SelectedItem; color: SelectedItemText; forced-color-adjust: none; }
  button.primary { background: ButtonFace; color: ButtonText; }
  button:disabled { opacity: 1; color: GrayText; border-color: GrayText; }
  .thumb::after { border: 0; }
  .thumb.mixed::after { border: 2.5px dotted CanvasText; }
  .thumb[aria-pressed='true']::after { border: 3px solid Highlight; }
  .slot[aria-pressed='true'] { outline: 3px solid Highlight; }
  .pad-point { background: Highlight; forced-color-adjust: none; }
  .pad-area, .pad-area::before { background: GrayText; forced-color-adjust: none; }
  .pad[data-count='3'] .pad-area { background: none; }
  .progress-bar { background: Highlight; }
  .slot .share { background: Canvas; color: CanvasText; }
}
`;
